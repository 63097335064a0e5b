package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Database;
import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Migrations;
import dev.tenon.core.ServerException;
import dev.tenon.core.Session;
import dev.tenon.core.TenonException;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import dev.tenon.testkit.TestSchema;
import dev.tenon.testkit.servers.TestDatabase;
import dev.tenon.vector.DocumentRepository.Piece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A replacement that fails: the document is as it was, and so is a transaction of the caller's. */
@TenonTest(schema = DocumentUnitTest.Schema.class)
final class DocumentUnitTest {

  private static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  private static final UUID MANUAL = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b21");
  private static final UUID OTHER = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b22");

  private static final DocumentRepository DOCUMENTS =
      DocumentRepository.of("passages", VectorSpace.cosine(8));
  private static final DocumentRepository NORMALIZED =
      DocumentRepository.of("passages", VectorSpace.cosine(8).normalized());

  static final class Schema implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script(
                  "V1__passages.sql",
                  DOCUMENTS.tableSql() + KEPT_OUT + TenantTable.rls("passages").sql()));
    }
  }

  private static final String KEPT_OUT =
      """
      alter table passages add constraint speaks check (text <> 'forbidden');
      create function keep_out() returns trigger language plpgsql as
        $$ begin return case when new.text = 'kept out' then null else new end; end $$;
      create trigger keep_out before insert on passages
        for each row execute function keep_out();
      """;

  private static float[] vector(String text) {
    return Vectors.random(text.hashCode(), 8);
  }

  private static List<Piece> pieces(String... texts) {
    return Stream.of(texts).map(text -> new Piece(0, text.length(), text)).toList();
  }

  private static void replace(Session session, String... texts) {
    DOCUMENTS.replace(session, MANUAL, pieces(texts), DocumentUnitTest::vector);
  }

  private static List<String> texts(Session session, UUID document) {
    return DOCUMENTS.find(session, document).stream().map(Chunk::text).toList();
  }

  @Test
  void a_vector_that_is_refused_removes_nothing_in_a_transaction(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "a", "b", "c");
    acme.transaction(
        transaction ->
            assertThatThrownBy(
                    () ->
                        DOCUMENTS.replace(
                            transaction, MANUAL, pieces("bad"), text -> new float[] {1, 2, 3}))
                .isInstanceOf(InvalidDataException.class)
                .hasMessageContaining("passages.replace, piece 0"));
    assertThat(texts(acme, MANUAL)).containsExactly("a", "b", "c");
  }

  @Test
  void what_the_server_refuses_is_undone_and_its_transaction_goes_on(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "a", "b", "c");
    acme.transaction(
        transaction -> {
          assertThatThrownBy(() -> replace(transaction, "forbidden"))
              .isInstanceOf(InvalidDataException.class);
          assertThatThrownBy(() -> replace(transaction, "kept out"))
              .isInstanceOf(ServerException.class)
              .hasMessageContaining("passages.replace");
          DOCUMENTS.replace(transaction, OTHER, pieces("d"), DocumentUnitTest::vector);
        });
    assertThat(texts(acme, MANUAL)).containsExactly("a", "b", "c");
    assertThat(texts(acme, OTHER)).containsExactly("d");
  }

  @Test
  void joins_the_transaction_of_its_session(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "a", "b", "c");
    assertThatThrownBy(
            () ->
                acme.transaction(
                    transaction -> {
                      replace(transaction.withSetting("work_mem", "8MB"), "d");
                      assertThat(texts(transaction, MANUAL)).containsExactly("d");
                      throw new IllegalStateException("to roll it back");
                    }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(texts(acme, MANUAL)).containsExactly("a", "b", "c");
  }

  @Test
  void a_piece_is_named_by_its_place_among_those_given(TenantDatabase tenants, QueryLog log) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "a", "b");
    log.clear();
    for (String refused : List.of("a\0b", "\ud800")) {
      assertThatThrownBy(() -> replace(acme, "a", "b", refused))
          .isInstanceOf(InvalidDataException.class)
          .hasMessageContaining("passages.replace, piece 2");
    }
    assertThat(log.roundTrips()).isZero();
    assertThatThrownBy(
            () ->
                DOCUMENTS.replace(
                    acme,
                    MANUAL,
                    pieces("a", "b", "c"),
                    text -> text.equals("c") ? new float[8] : vector(text)))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("passages.replace, piece 2")
        .hasMessageContaining("no direction");
  }

  @Test
  void a_vector_that_was_there_and_does_not_belong_is_named_too(TenantDatabase tenants) {
    TenantSession acme = tenants.as(ACME);
    replace(acme, "a", "b");
    List<Piece> moved = List.of(new Piece(0, 1, "a"), new Piece(7, 8, "b"));
    assertThatThrownBy(() -> NORMALIZED.replace(acme, MANUAL, moved, DocumentUnitTest::vector))
        .isInstanceOf(InvalidDataException.class)
        .hasMessageContaining("passages.replace, piece 1")
        .hasMessageContaining("the vector has the length");
  }

  @Test
  @SuppressWarnings("NullAway")
  void null_is_refused_before_anything_is_asked(TenantDatabase tenants, QueryLog log) {
    TenantSession acme = tenants.as(ACME);
    List<Piece> one = pieces("a");
    log.clear();
    assertNull("document", () -> DOCUMENTS.replace(acme, null, one, DocumentUnitTest::vector));
    assertNull("document", () -> DOCUMENTS.find(acme, null));
    assertNull("document", () -> DOCUMENTS.delete(acme, null));
    assertNull("list of pieces", () -> DOCUMENTS.replace(acme, MANUAL, null, text -> vector("")));
    assertNull("embedder", () -> DOCUMENTS.replace(acme, MANUAL, one, null));
    assertNull("session", () -> DOCUMENTS.replace(null, MANUAL, one, text -> vector("")));
    List<Piece> holed = new ArrayList<>(Arrays.asList(one.get(0), null));
    assertThatThrownBy(() -> DOCUMENTS.replace(acme, MANUAL, holed, DocumentUnitTest::vector))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the piece is null")
        .hasMessageContaining("passages.replace, piece 1");
    assertNull("text", () -> new Piece(0, 1, null));
    assertNull("attributes", () -> one.get(0).withAttributes(null));
    assertNull("document", () -> Piece.of(null, 0, 1));
    assertThat(log.roundTrips()).isZero();
  }

  private static void assertNull(String name, Runnable call) {
    assertThatThrownBy(call::run)
        .as(name)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the " + name + " is null");
  }

  @Test
  void a_piece_is_within_its_document_and_cuts_no_character_in_two() {
    String document = "a 😀 b";
    assertThat(Piece.of(document, 2, 4)).isEqualTo(new Piece(2, 4, "😀"));
    assertThat(Piece.of(document, 0, 6).text()).isEqualTo(document);
    for (int[] place : new int[][] {{0, 7}, {-1, 2}, {3, 2}, {7, 8}, {2, 3}, {3, 6}, {1, 1}}) {
      assertThatThrownBy(() -> Piece.of(document, place[0], place[1]))
          .as(place[0] + " to " + place[1])
          .isInstanceOf(InvalidDataException.class);
    }
  }

  @Test
  void a_chunk_of_no_document_has_no_place_in_the_table(TenantDatabase tenants, TestDatabase made) {
    replace(tenants.as(ACME), "a");
    for (String column : List.of("document_id", "text", "hash")) {
      assertThatThrownBy(() -> set(made, column))
          .as(column)
          .isInstanceOf(TenonException.class)
          .hasMessageContaining(column);
    }
  }

  private static void set(TestDatabase made, String column) {
    try (Database owner = TestSchema.connect(made, made.owner())) {
      owner.transaction(
          transaction -> {
            transaction.sql().execute("alter table passages no force row level security");
            transaction.sql().execute("update passages set " + column + " = null");
          });
    }
  }
}
