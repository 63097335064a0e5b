package dev.tenon.core;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The SQL of the 256 shapes that were asked for last, because it costs more to render it than to
 * run it. Safe for use by many threads.
 */
final class RecentTexts<K> {

  private static final int MOST = 256;

  private final Map<K, String> texts = new Recent<>();

  /** The SQL of a shape, rendered unless it is known. */
  String of(K shape, Supplier<String> render) {
    synchronized (texts) {
      String known = texts.get(shape);
      if (known != null) {
        return known;
      }
    }
    String rendered = render.get();
    synchronized (texts) {
      texts.put(shape, rendered);
    }
    return rendered;
  }

  /** Forgets what was not asked for longest. */
  private static final class Recent<K> extends LinkedHashMap<K, String> {

    private static final long serialVersionUID = 1L;

    Recent() {
      super(16, 0.75f, true);
    }

    @Override
    protected boolean removeEldestEntry(Map.Entry<K, String> eldest) {
      return size() > MOST;
    }
  }
}
