package dev.tenon.examples.quickstart;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reads telemetry from CSV, all of it or nothing.
 *
 * <p>The whole file is checked before the first reading is handed out, so a malformed line can
 * leave nothing half-loaded behind.
 */
final class TelemetryFile {

  private static final List<String> COLUMNS = List.of("time", "metric", "value", "unit");
  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9_]{0,62}");
  private static final CSVFormat FORMAT =
      CSVFormat.RFC4180.builder().setIgnoreEmptyLines(false).get();

  private final String name;
  private final Map<String, String> names = new HashMap<>();

  private TelemetryFile(String name) {
    this.name = name;
  }

  /** Reads the file that lies beside this class; one Linux machine, measured once a second. */
  static List<Reading> bundled() {
    try (InputStream file =
            Objects.requireNonNull(TelemetryFile.class.getResourceAsStream("telemetry.csv.gz"));
        Reader text = utf8(new GZIPInputStream(file))) {
      return read("telemetry.csv.gz", text);
    } catch (IOException error) {
      throw new UncheckedIOException(error);
    }
  }

  /**
   * Reads CSV text with the columns time, metric, value and unit.
   *
   * @param name what errors call the file
   * @throws InvalidDataException that names the line and the column of the first malformed value
   */
  static List<Reading> read(String name, Reader text) {
    return new TelemetryFile(name).readAll(text);
  }

  private static Reader utf8(InputStream bytes) {
    return new BufferedReader(
        new InputStreamReader(bytes, StandardCharsets.UTF_8.newDecoder()), 1 << 16);
  }

  private List<Reading> readAll(Reader text) {
    long line = 1;
    try (CSVParser parser = CSVParser.parse(text, FORMAT)) {
      Iterator<CSVRecord> records = parser.iterator();
      if (!records.hasNext() || !COLUMNS.equals(records.next().toList())) {
        throw malformed(1, "time", "the header is not '" + String.join(",", COLUMNS) + "'");
      }
      List<Reading> readings = new ArrayList<>();
      for (line = parser.getCurrentLineNumber() + 1;
          records.hasNext();
          line = parser.getCurrentLineNumber() + 1) {
        readings.add(reading(records.next(), line));
      }
      return List.copyOf(readings);
    } catch (IOException | UncheckedIOException error) {
      throw new InvalidDataException(
          problem("the file cannot be read: " + Problem.excerpt(error.getMessage()), line, null),
          error);
    }
  }

  private Reading reading(CSVRecord fields, long line) {
    if (fields.size() != COLUMNS.size()) {
      int last = Math.min(fields.size(), COLUMNS.size() - 1);
      throw malformed(line, COLUMNS.get(last), "there are " + fields.size() + " columns, not 4");
    }
    return new Reading(
        time(fields.get(0), line),
        word(fields.get(1), "metric", line),
        number(fields.get(2), line),
        word(fields.get(3), "unit", line));
  }

  private Instant time(String text, long line) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException notATime) {
      throw malformed(line, "time", quoted(text) + " is not a time such as 2026-11-20T16:05:22Z");
    }
  }

  private String word(String text, String column, long line) {
    if (names.containsKey(text)) {
      return names.get(text);
    }
    if (!NAME.matcher(text).matches()) {
      throw malformed(line, column, quoted(text) + " is not a name such as cpu_user");
    }
    names.put(text, text);
    return text;
  }

  private double number(String text, long line) {
    try {
      double value = Double.parseDouble(text);
      if (Double.isFinite(value)) {
        return value;
      }
    } catch (NumberFormatException notANumber) {
      throw malformed(line, "value", quoted(text) + " is not a number");
    }
    throw malformed(line, "value", quoted(text) + " is not a finite number");
  }

  private static String quoted(String text) {
    return "'" + Problem.excerpt(text) + "'";
  }

  private InvalidDataException malformed(long line, String column, String what) {
    return new InvalidDataException(problem(what, line, column));
  }

  private Problem problem(String what, long line, @Nullable String column) {
    return Problem.what(what)
        .where(name + ", line " + line + (column == null ? "" : ", column " + column))
        .why("the file was edited, cut off or written by another program; nothing of it was loaded")
        .fix("correct the line and load the whole file again");
  }
}
