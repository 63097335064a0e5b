package dev.tenon.vector;

import dev.tenon.core.Migrations;
import dev.tenon.core.search.TextSearch;
import dev.tenon.core.search.TextSearchBuilder;
import dev.tenon.tenancy.TenancyMigrations;
import dev.tenon.tenancy.TenantTable;
import dev.tenon.testkit.TestSchema;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.jooq.Field;
import org.jooq.JSONB;
import org.jooq.impl.DSL;
import org.jooq.impl.SQLDataType;

/** Chunks of documents with their words, in the languages that their attributes tell. */
class ChunkWords implements TestSchema {

  static final UUID ACME = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b11");
  static final UUID BOLT = UUID.fromString("018f3c1e-7b7a-7c3e-9d52-0a2f6f1f9b12");

  static final DocumentRepository DOCUMENTS =
      DocumentRepository.of("passages", VectorSpace.cosine(8));

  record Passage(UUID id, UUID documentId, String text, JSONB attributes) {}

  static final Field<String> TEXT = DSL.field(DSL.name("text"), SQLDataType.VARCHAR);

  /** A language that is written as no other, and means nothing to SQL. */
  static final String ODD = "o'clock \\ ? {0} ${x} --";

  static final TextSearch<Passage> WORDS =
      passages()
          .languageOf(
              Chunk.attribute("language"), Map.of("en", "english", "de", "german", ODD, "simple"))
          .asWritten()
          .facets(Chunk.attribute("source"), Chunk.attribute("document_id"), Chunk.DOCUMENT_ID)
          .build();

  /** Names that would be something else where they were not quoted. */
  static final List<String> HOSTILE =
      List.of(
          "o'clock",
          "'; drop table passages; --",
          "\\",
          "\\' or true --",
          "E'\\x",
          "a\"b",
          "?",
          ":name $1 %s %1$s",
          "{0} {1}",
          "{fn now()}",
          "${flyway:user}",
          "$$ $a$",
          "/* a",
          "-- a",
          "new\nline; \t",
          "0",
          "",
          " ",
          "\uD83D\uDE00 \u00E9 e\u0301",
          "text");

  /** A search in the language that is told by the attribute of each hostile name. */
  static final List<TextSearch<Passage>> HOSTILE_WORDS =
      HOSTILE.stream()
          .map(
              name ->
                  passages()
                      .languageOf(Chunk.attribute(name), Map.of("en " + name, "english"))
                      .facets(Chunk.attribute(name))
                      .storedAs("search_" + HOSTILE.indexOf(name))
                      .build())
          .toList();

  private static TextSearchBuilder<Passage> passages() {
    return TextSearch.of("passages", Passage.class).text(TEXT);
  }

  @Override
  public Set<String> extensions() {
    return Set.of("vector", "pg_trgm");
  }

  @Override
  public List<Migrations> migrations() {
    return List.of(
        TenancyMigrations.all(),
        Migrations.named("passages")
            .script("V1__passages.sql", DOCUMENTS.tableSql() + WORDS.addSql())
            .script("V2__isolation.sql", isolation()));
  }

  String isolation() {
    return TenantTable.rls("passages").key("id").sql();
  }

  /** The same behind a fence. */
  static final class Fenced extends ChunkWords {
    @Override
    String isolation() {
      return TenantTable.fence("passages").key("id").sql();
    }
  }

  /** The same behind a fence that lets the indexes serve. */
  static final class FencedWithoutBarrier extends ChunkWords {
    @Override
    String isolation() {
      return TenantTable.fence("passages").key("id").withoutBarrier().sql();
    }
  }

  /** The same with the isolation forgotten: what Tenon adds to each statement must hold alone. */
  static final class Unguarded extends ChunkWords {
    @Override
    String isolation() {
      return "select 1";
    }
  }

  /** Every attribute of a hostile name tells a language, in a column of its own. */
  static final class Hostile implements TestSchema {
    @Override
    public Set<String> extensions() {
      return Set.of("vector");
    }

    @Override
    public List<Migrations> migrations() {
      StringBuilder sql = new StringBuilder(DOCUMENTS.tableSql());
      HOSTILE_WORDS.forEach(words -> sql.append(words.addSql()));
      return List.of(
          TenancyMigrations.all(),
          Migrations.named("passages")
              .script("V1__passages.sql", sql.toString())
              .script("V2__isolation.sql", TenantTable.rls("passages").key("id").sql()));
    }
  }
}
