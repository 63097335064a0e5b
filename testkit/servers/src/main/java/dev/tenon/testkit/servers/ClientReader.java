package dev.tenon.testkit.servers;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a client says: its statements, whichever of the two query protocols carries them. */
final class ClientReader extends MessageReader {

  /** The length and the code of the untyped messages that open a conversation. */
  private static final int OPENING = 8;

  private static final int LONGEST_OPENING = 10_000;
  private static final int TLS_REQUEST = 80_877_103;
  private static final int GSS_REQUEST = 80_877_104;
  private static final int NAMES = 256;
  private static final int TEXT = 65_536;

  private final ProxiedConnection connection;
  private final Map<String, String> prepared = new HashMap<>();
  private final Map<String, @Nullable String> portals = new HashMap<>();
  private boolean opening = true;

  ClientReader(ProxiedConnection connection) {
    this.connection = connection;
  }

  @Override
  int headerLength() {
    return opening ? OPENING : TYPED;
  }

  @Override
  long length(ByteBuffer header) {
    int length = opening ? header.getInt() : header.getInt(1);
    if (opening && (length < OPENING || length > LONGEST_OPENING)) {
      connection.goBlind();
      return -1;
    }
    return opening ? length : 1L + length;
  }

  @Override
  int interest(byte type) {
    if (opening) {
      return 0;
    }
    return switch (type) {
      case 'Q', 'P' -> TEXT;
      case 'B', 'E', 'C' -> NAMES;
      default -> 0;
    };
  }

  @Override
  boolean blind() {
    return connection.isBlind();
  }

  @Override
  void message(byte type, ByteBuffer body) {
    if (connection.isBlind()) {
      return;
    }
    connection.countMessage();
    if (opening) {
      int code = body.getInt(OPENING - Integer.BYTES);
      if (code == TLS_REQUEST || code == GSS_REQUEST) {
        connection.expectLetter();
      } else {
        opening = false;
      }
      return;
    }
    switch (type) {
      case 'Q' -> statement(text(body));
      case 'P' -> prepared.put(text(body), text(body));
      case 'B' -> portals.put(text(body), prepared.get(text(body)));
      case 'E' -> execute(text(body));
      case 'C' -> forget(body);
      default -> {}
    }
  }

  /** Executed again, a portal goes on with the same statement. */
  private void execute(String portal) {
    String sql = portals.put(portal, null);
    if (sql != null) {
      statement(sql);
    }
  }

  private void forget(ByteBuffer body) {
    Map<String, ?> names = body.get() == 'S' ? prepared : portals;
    names.remove(text(body));
  }

  private void statement(String sql) {
    Fault due = connection.statement(sql);
    if (due != null) {
      stopBefore(due);
    }
  }
}
