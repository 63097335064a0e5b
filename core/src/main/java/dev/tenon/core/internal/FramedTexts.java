package dev.tenon.core.internal;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Statements inside their frame that were found fit before, so that a text that is sent again and
 * again is looked at, put together and hashed once: a repository's texts, most of all.
 *
 * <p>A text has one place and gives it up to the next text of that place, so texts that come once
 * do no more harm than to have others made again. Safe for use by many threads.
 */
final class FramedTexts {

  private static final int PLACES = 1 << 9;
  private static final int LONGEST = 4_096;

  private final AtomicReferenceArray<@Nullable Text> texts = new AtomicReferenceArray<>(PLACES);

  private record Text(String sql, String framed) {}

  @Nullable String find(String sql) {
    Text known = texts.get(place(sql));
    return known != null && known.sql.equals(sql) ? known.framed : null;
  }

  void keep(String sql, String framed) {
    if (sql.length() <= LONGEST) {
      texts.set(place(sql), new Text(sql, framed));
    }
  }

  private static int place(String sql) {
    int hash = sql.hashCode();
    return (hash ^ (hash >>> 16)) & (PLACES - 1);
  }
}
