package dev.tenon.testkit.servers;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** What the server says: that commands are complete, and that it is ready for more. */
final class ServerReader extends MessageReader {

  private static final int TAG = 128;

  private final ProxiedConnection connection;
  private @Nullable Fault whenReady;

  ServerReader(ProxiedConnection connection) {
    this.connection = connection;
  }

  @Override
  int headerLength() {
    return connection.expectsLetter() ? 1 : TYPED;
  }

  @Override
  long length(ByteBuffer header) {
    return connection.expectsLetter() ? 1 : 1L + header.getInt(1);
  }

  @Override
  int interest(byte type) {
    return type == 'C' ? TAG : type == 'Z' ? 1 : 0;
  }

  @Override
  boolean blind() {
    return connection.isBlind();
  }

  @Override
  void message(byte type, ByteBuffer body) {
    connection.countMessage();
    if (connection.expectsLetter()) {
      connection.letter(type);
    } else if (type == 'C') {
      complete(text(body));
    } else if (type == 'Z') {
      ready();
    }
  }

  private void ready() {
    connection.opened();
    Fault due = whenReady;
    if (due != null) {
      whenReady = null;
      connection.holdClient();
      stopAfter(due);
    }
  }

  /**
   * A fault that ends the connection waits until the server is ready: of commands sent together the
   * last may be what commits the others.
   */
  private void complete(String tag) {
    Fault before = connection.reply(Moment.Place.BEFORE_REPLY, tag);
    if (before != null) {
      if (before.ends()) {
        withhold();
        whenReady = before;
      } else {
        stopBefore(before);
      }
      return;
    }
    Fault after = connection.reply(Moment.Place.AFTER_REPLY, tag);
    if (after != null) {
      whenReady = after;
    }
  }
}
