package dev.tenon.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeType;
import com.fasterxml.jackson.dataformat.cbor.databind.CBORMapper;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.Period;
import java.time.Year;
import java.time.YearMonth;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.Currency;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Bytes that a value of one type left, read as another. */
@SuppressWarnings({"ArrayRecordComponent", "JavaUtilDate"})
class ChangedTypeTest {

  enum Level {
    LOW,
    HIGH
  }

  record OfInt(int value) {}

  record OfInteger(Integer value) {}

  record OfLong(long value) {}

  record OfDouble(double value) {}

  record OfBoolean(boolean value) {}

  record OfChar(char value) {}

  record OfText(String value) {}

  record OfBytes(byte[] value) {}

  record OfLevel(Level value) {}

  record OfDay(DayOfWeek value) {}

  record OfUuid(UUID value) {}

  record OfDecimal(BigDecimal value) {}

  record OfBigInteger(BigInteger value) {}

  record OfInstant(Instant value) {}

  record OfDate(LocalDate value) {}

  record OfTime(LocalTime value) {}

  record OfDateTime(LocalDateTime value) {}

  record OfOffset(OffsetDateTime value) {}

  record OfZoned(ZonedDateTime value) {}

  record OfDuration(Duration value) {}

  record OfPeriod(Period value) {}

  record OfYear(Year value) {}

  record OfMonth(YearMonth value) {}

  record OfZone(ZoneId value) {}

  record OfUtilDate(Date value) {}

  record OfUri(URI value) {}

  record OfLocale(Locale value) {}

  record OfCurrency(Currency value) {}

  record OfTexts(List<String> value) {}

  record OfNumbers(List<Integer> value) {}

  record OfInts(int[] value) {}

  record OfSet(Set<Level> value) {}

  record OfMap(Map<Level, Instant> value) {}

  record OfPart(OfText value) {}

  record OfOptional(Optional<String> value) {}

  record OfOptionalPart(Optional<OfInt> value) {}

  record OfOptionalInt(OptionalInt value) {}

  record OfOptionalLong(OptionalLong value) {}

  record OfOptionalDouble(OptionalDouble value) {}

  private static final Instant TIME = Instant.parse("2026-11-30T01:02:03.123456789Z");

  private static final List<Record> VALUES =
      List.of(
          new OfInt(5),
          new OfInt(1),
          new OfInt(65),
          new OfInteger(0),
          new OfLong(Long.MAX_VALUE),
          new OfLong(20_260),
          new OfDouble(1.9),
          new OfDouble(1),
          new OfDouble(Double.NaN),
          new OfDouble(1e300),
          new OfBoolean(true),
          new OfChar('A'),
          new OfText(""),
          new OfText(" "),
          new OfText("5"),
          new OfText("1.5"),
          new OfText("true"),
          new OfText("abcd"),
          new OfText(" LOW "),
          new OfText("LOW"),
          new OfText("PT5S"),
          new OfText("2026-11-30"),
          new OfText("2026-11-30T01:02:03Z"),
          new OfBytes(new byte[] {1, 2, -3}),
          new OfBytes(new byte[16]),
          new OfLevel(Level.HIGH),
          new OfDay(DayOfWeek.MONDAY),
          new OfUuid(new UUID(1, 2)),
          new OfDecimal(new BigDecimal("1.10")),
          new OfDecimal(new BigDecimal("12345678901234567890.5")),
          new OfDecimal(BigDecimal.TEN),
          new OfBigInteger(new BigInteger("123456789012345678901")),
          new OfInstant(TIME),
          new OfDate(LocalDate.parse("2026-11-30")),
          new OfTime(LocalTime.parse("01:02:03")),
          new OfDateTime(LocalDateTime.parse("2026-11-30T01:02:03")),
          new OfOffset(OffsetDateTime.ofInstant(TIME, ZoneOffset.ofHours(1))),
          new OfZoned(ZonedDateTime.ofInstant(TIME, ZoneId.of("Europe/Paris"))),
          new OfDuration(Duration.ofMillis(5_500)),
          new OfPeriod(Period.ofDays(5)),
          new OfYear(Year.of(2026)),
          new OfMonth(YearMonth.of(2026, 11)),
          new OfZone(ZoneId.of("Europe/Paris")),
          new OfUtilDate(new Date(1_000)),
          new OfUri(URI.create("")),
          new OfUri(URI.create("https://example.com/a")),
          new OfLocale(Locale.ROOT),
          new OfLocale(Locale.GERMANY),
          new OfCurrency(Currency.getInstance("EUR")),
          new OfTexts(List.of("5", "")),
          new OfTexts(List.of()),
          new OfNumbers(List.of(2026, 11, 30)),
          new OfInts(new int[] {1, 2, 3}),
          new OfSet(Set.of(Level.LOW)),
          new OfMap(Map.of(Level.LOW, TIME)),
          new OfPart(new OfText("5")),
          new OfOptional(Optional.of("5")),
          new OfOptional(Optional.empty()),
          new OfOptionalPart(Optional.of(new OfInt(5))),
          new OfOptionalInt(OptionalInt.of(5)),
          new OfOptionalInt(OptionalInt.empty()),
          new OfOptionalLong(OptionalLong.of(5)),
          new OfOptionalDouble(OptionalDouble.of(5)));

  @Test
  void what_a_record_may_hold_comes_back_as_it_was() throws IOException {
    for (Record value : VALUES) {
      for (Function<Class<?>, Codec<?>> kind : kinds()) {
        assertThat(decoded(kind.apply(value.getClass()), encoded(kind, value)))
            .usingRecursiveComparison()
            .withEqualsForType(Double::equals, Double.class)
            .isEqualTo(value);
      }
    }
  }

  @Test
  void a_number_a_text_a_boolean_and_a_list_are_not_taken_for_each_other() throws IOException {
    List<String> wrong = new ArrayList<>();
    for (Function<Class<?>, Codec<?>> kind : kinds()) {
      for (Record value : VALUES) {
        JsonNode written = tree(encoded(kind, value));
        for (Class<?> type : types()) {
          Object read;
          try {
            read = decoded(kind.apply(type), encoded(kind, value));
          } catch (IOException refused) {
            continue;
          }
          JsonNode again = tree(encoded(kind, read));
          if (kindOf(written) != kindOf(again)
              || (written.isFloatingPointNumber() && again.isIntegralNumber())) {
            wrong.add(value + " is read as " + read);
          }
        }
      }
    }
    assertThat(wrong).isEmpty();
  }

  @Test
  void each_type_has_a_shape_of_its_own() {
    assertThat(
            kinds().stream()
                .flatMap(kind -> types().stream().map(type -> kind.apply(type).shape())))
        .doesNotHaveDuplicates();
  }

  record Page<T>(List<T> rows, Map<String, OfText> marks) {}

  record Tree(OfInt root, Page<Tree> children, Level[] levels) {}

  @Test
  void the_shape_of_a_record_names_the_components_of_all_records_in_it() {
    assertThat(Codec.jsonList(Tree.class).shape().replace(ChangedTypeTest.class.getName(), "T"))
        .isEqualTo(
            "json java.util.List<T$Tree(root T$OfInt(value int;);children T$Page<T$Tree;>"
                + "(rows java.util.List<T$Tree;>;"
                + "marks java.util.Map<java.lang.String;T$OfText(value java.lang.String;);>;);"
                + "levels [LT$Level;T$Level;);>");
  }

  private static List<Class<?>> types() {
    return VALUES.stream().<Class<?>>map(Object::getClass).distinct().toList();
  }

  private static JsonNode tree(byte[] bytes) throws IOException {
    ObjectMapper mapper = bytes[0] == '{' ? new ObjectMapper() : new CBORMapper();
    return mapper.readTree(bytes).path("value");
  }

  /** CBOR has bytes where JSON has text. */
  private static JsonNodeType kindOf(JsonNode node) {
    return node.isBinary() ? JsonNodeType.STRING : node.getNodeType();
  }

  /** JSON and CBOR, each type's codec made once. */
  private static List<Function<Class<?>, Codec<?>>> kinds() {
    Map<Class<?>, Codec<?>> json = new HashMap<>();
    Map<Class<?>, Codec<?>> cbor = new HashMap<>();
    return List.of(
        type -> json.computeIfAbsent(type, Codec::json),
        type -> cbor.computeIfAbsent(type, Codec::cbor));
  }

  @SuppressWarnings("unchecked")
  private static byte[] encoded(Function<Class<?>, Codec<?>> kind, Object value)
      throws IOException {
    return ((Codec<Object>) kind.apply(value.getClass())).encode(value);
  }

  private static Object decoded(Codec<?> codec, byte[] bytes) throws IOException {
    return codec.decode(bytes);
  }
}
