package dev.tenon.core;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jooq.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Cursors as text: places between two rows of one order.
 *
 * <p>In URL-safe Base64: the format, the name of the key, the signature, and what is signed: on
 * which side of a row the place is, and the row's sort values as texts. What a cursor is for is
 * signed with it, but does not travel.
 *
 * @param purpose the rows that the cursors are for, and their order
 */
record PageCursors(CursorKeys keys, String purpose) {

  private static final byte FORMAT = 1;
  private static final int HEADER = 1 + CursorKeys.ID_BYTES + CursorKeys.SIGNATURE_BYTES;
  private static final int NULL = -1;
  private static final String SEPARATOR = "\u0000";

  /**
   * The cursors of an operation, with the keys of the database that it is asked of.
   *
   * @param rows the qualified name of their table
   */
  static PageCursors of(
      Configuration configuration,
      String operation,
      String rows,
      String record,
      @Nullable TenantId tenant) {
    CursorKeys keys =
        configuration.data(CursorKeys.class) instanceof CursorKeys given
            ? given
            : CursorKeys.unsigned();
    return new PageCursors(
        keys, String.join(SEPARATOR, operation, rows, record, String.valueOf(tenant)));
  }

  PageCursors of(List<SortKey> order) {
    StringBuilder text = new StringBuilder(purpose);
    order.forEach(key -> text.append(SEPARATOR).append(key.fingerprint()));
    return new PageCursors(keys, text.toString());
  }

  /** The place before or behind the row with these sort values. */
  String cursor(boolean behind, List<@Nullable String> values) {
    byte[] place = place(behind, values);
    CursorKeys.Signed signed = sign(place);
    byte[] cursor =
        ByteBuffer.allocate(HEADER + place.length)
            .put(FORMAT)
            .put(signed.key())
            .put(signed.signature())
            .put(place)
            .array();
    return encoded(cursor);
  }

  private static String encoded(byte[] cursor) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(cursor);
  }

  private CursorKeys.Signed sign(byte[] place) {
    return keys.sign(new byte[] {FORMAT}, purpose.getBytes(StandardCharsets.UTF_8), place);
  }

  private static byte[] place(boolean behind, List<@Nullable String> values) {
    ByteArrayOutputStream place = new ByteArrayOutputStream();
    place.write(behind ? 1 : 0);
    for (String value : values) {
      byte[] text = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
      place.writeBytes(
          ByteBuffer.allocate(Integer.BYTES).putInt(value == null ? NULL : text.length).array());
      place.writeBytes(text);
    }
    return place.toByteArray();
  }

  /**
   * Reads a cursor back.
   *
   * @throws InvalidDataException if none of the keys signed it for this purpose
   */
  Place place(String cursor) {
    byte[] bytes = plain(cursor);
    if (bytes.length <= HEADER || bytes[0] != FORMAT) {
      throw foreign(null);
    }
    CursorKeys.Signed signed =
        new CursorKeys.Signed(
            Arrays.copyOfRange(bytes, 1, 1 + CursorKeys.ID_BYTES),
            Arrays.copyOfRange(bytes, 1 + CursorKeys.ID_BYTES, HEADER));
    if (!keys.knows(signed.key())) {
      throw ofAnotherKey();
    }
    byte[] place = Arrays.copyOfRange(bytes, HEADER, bytes.length);
    if (!keys.isSigned(
        signed, new byte[] {FORMAT}, purpose.getBytes(StandardCharsets.UTF_8), place)) {
      throw foreign(null);
    }
    return read(ByteBuffer.wrap(place));
  }

  private static Place read(ByteBuffer place) {
    try {
      boolean behind = place.get() == 1;
      List<@Nullable String> values = new ArrayList<>();
      while (place.hasRemaining()) {
        int length = place.getInt();
        if (length > place.remaining()) {
          throw new BufferUnderflowException();
        }
        byte[] text = new byte[Math.max(length, 0)];
        place.get(text);
        values.add(length < 0 ? null : new String(text, StandardCharsets.UTF_8));
      }
      return new Place(behind, values);
    } catch (BufferUnderflowException cut) {
      throw foreign(cut);
    }
  }

  private static byte[] plain(String cursor) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(cursor);
      if (!encoded(bytes).equals(cursor)) {
        throw foreign(null);
      }
      return bytes;
    } catch (IllegalArgumentException error) {
      throw foreign(error);
    }
  }

  static InvalidDataException foreign(@Nullable Throwable cause) {
    return new InvalidDataException(
        Problem.what("the page cursor does not fit this request")
            .where("Page.Request.after or before")
            .why(
                "it was made for another order, repository or tenant, or was changed or cut on its"
                    + " way")
            .fix("begin at the first page, or keep the order of the request that gave the cursor"),
        cause);
  }

  private static InvalidDataException ofAnotherKey() {
    return new InvalidDataException(
        Problem.what("the page cursor was signed with another key")
            .where("Page.Request.after or before")
            .why("the database that made it has other cursor keys, or it was changed on its way")
            .fix(
                "begin at the first page; give all instances the same DatabaseConfig.cursorKeys,"
                    + " the former ones too"));
  }

  /**
   * A place in an order.
   *
   * @param behind whether it is behind the row with these values, or before it
   */
  record Place(boolean behind, List<@Nullable String> values) {}
}
