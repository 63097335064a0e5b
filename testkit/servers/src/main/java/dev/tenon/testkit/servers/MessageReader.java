package dev.tenon.testkit.servers;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts what one side says into the messages of PostgreSQL's protocol, however the network cut it
 * into pieces, and passes them on until a fault is due.
 *
 * <p>Only the beginning of a message is held back, until the side's own reading of it is done.
 * Belongs to one thread.
 */
abstract class MessageReader {

  /** The type and the length of a message. */
  static final int TYPED = 5;

  private final ByteArrayOutputStream passed = new ByteArrayOutputStream();
  private byte[] head = new byte[512];
  private int held;
  private boolean judged;
  private long rest;
  private boolean withholding;
  private @Nullable Fault fault;

  /** How long the header is of the message that comes next. */
  abstract int headerLength();

  /** How long a message is, its header included, or -1 if this is no PostgreSQL. */
  abstract long length(ByteBuffer header);

  /** How much of a message of this type must be there, beyond its header, for {@link #message}. */
  abstract int interest(byte type);

  /** Reads a message; may call {@link #stopBefore}, {@link #stopAfter} or {@link #withhold}. */
  abstract void message(byte type, ByteBuffer body);

  /** Whether this conversation cannot be read. */
  abstract boolean blind();

  /** Reads on from one offset of a piece, to its end or to a fault; returns where it stopped. */
  final int read(byte[] piece, int from, int to) {
    int at = from;
    while (at < to && fault == null) {
      if (blind()) {
        release();
        pass(piece, at, to - at);
        return to;
      }
      int count;
      if (rest > 0) {
        count = (int) Math.min(rest, to - at);
        pass(piece, at, count);
        rest -= count;
      } else {
        count = Math.min(wanted() - held, to - at);
        hold(piece, at, count);
      }
      at += count;
    }
    return at;
  }

  private int wanted() {
    int header = headerLength();
    if (held < header) {
      return header;
    }
    return (int) Math.min(length(header()), (long) header + interest(head[0]));
  }

  private ByteBuffer header() {
    return ByteBuffer.wrap(head, 0, headerLength());
  }

  private void hold(byte[] piece, int at, int count) {
    if (held + count > head.length) {
      head = Arrays.copyOf(head, Math.max(held + count, 2 * head.length));
    }
    System.arraycopy(piece, at, head, held, count);
    held += count;
    if (held < headerLength() || (held < wanted() && length(header()) > 0)) {
      return;
    }
    int header = headerLength();
    rest = Math.max(0, length(header()) - held);
    judged = false;
    message(head[0], ByteBuffer.wrap(head, header, held - header));
    if (!judged) {
      release();
    }
  }

  /** A fault is due before this message is passed on. */
  final void stopBefore(Fault due) {
    fault = due;
    judged = true;
  }

  /** A fault is due once this message, which must be a short one, has been passed on. */
  final void stopAfter(Fault due) {
    release();
    judged = true;
    fault = due;
  }

  /** Nothing is passed on from this message on. */
  final void withhold() {
    withholding = true;
  }

  /** Passes on what was held back. */
  final void release() {
    pass(head, 0, held);
    held = 0;
  }

  private void pass(byte[] bytes, int from, int count) {
    if (!withholding) {
      passed.write(bytes, from, count);
    }
  }

  final @Nullable Fault takeFault() {
    Fault due = fault;
    fault = null;
    return due;
  }

  final boolean hasPassed() {
    return passed.size() > 0;
  }

  final void drainTo(OutputStream out) throws IOException {
    passed.writeTo(out);
    passed.reset();
  }

  /** The text up to the next zero byte, or to the end of what is there. */
  static String text(ByteBuffer body) {
    int begin = body.position();
    int end = begin;
    while (end < body.limit() && body.get(end) != 0) {
      end++;
    }
    byte[] bytes = new byte[end - begin];
    body.get(bytes);
    body.position(Math.min(end + 1, body.limit()));
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
