package dev.tenon.testkit.servers.internal.bundle;

/** How a bundle lies on the class path and inside its archive. */
public final class BundleFormat {
  /** The archive: a zip whose first entry lists the members that are not plain files. */
  public static final String ARCHIVE = "servers-linux-x64.zip";

  /** One line, the SHA-256 of the archive, so that no start has to hash it. */
  public static final String DIGEST = "servers-linux-x64.sha256";

  /** Packages, versions, licences. */
  public static final String MANIFEST = "servers-linux-x64.tsv";

  /** The first entry of the archive; lines {@code x<TAB>path} or {@code l<TAB>path<TAB>target}. */
  public static final String INDEX = ".index";

  /** Where the three lie on the class path. */
  public static final String FOLDER = "dev/tenon/testkit/servers/internal/bundle/";

  private BundleFormat() {}
}
