package dev.tenon.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.Session;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.testkit.QueryLog;
import dev.tenon.testkit.TenonTest;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Null where a value is asked for is a mistake of the calling code, before anything is asked. */
@TenonTest(schema = Notes.class)
@SuppressWarnings("NullAway")
final class VectorNullsTest {

  private static final VectorRepository<Notes.Note> REPOSITORY = Notes.REPOSITORY;

  private static void assertNull(String name, Runnable call) {
    assertThatThrownBy(call::run)
        .as(name)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the " + name + " is null");
  }

  @Test
  void is_refused_by_what_writes(TenantDatabase tenants, QueryLog log) {
    Session many = tenants.as(Notes.MANY);
    log.clear();
    assertNull("stream of records", () -> REPOSITORY.load(many, null));
    assertNull("collection of records", () -> REPOSITORY.upsertAll(many, null));
    assertNull("session", () -> REPOSITORY.upsertAll(null, List.of()));
    assertNull("session", () -> REPOSITORY.upsert(null, new Notes.Note(1, "en", Embedding.of(1))));
    assertThat(log.roundTrips()).isZero();
  }

  @Test
  void closes_the_stream_that_was_given() {
    AtomicBoolean isClosed = new AtomicBoolean();
    Stream<Notes.Note> records = Stream.<Notes.Note>empty().onClose(() -> isClosed.set(true));
    assertNull("session", () -> REPOSITORY.load(null, records));
    assertThat(isClosed).isTrue();
  }

  @Test
  void is_refused_by_what_searches(TenantDatabase tenants, QueryLog log) {
    Session many = tenants.as(Notes.MANY);
    VectorSearch<Notes.Note> search = REPOSITORY.search(many, Notes.query());
    List<float[]> vectors = List.of(Notes.query());
    log.clear();
    assertNull("list of vectors", () -> REPOSITORY.searchAll(many, null, any -> any));
    assertNull("function", () -> REPOSITORY.searchAll(many, vectors, null));
    assertNull("function", () -> REPOSITORY.searchAll(many, List.of(), null));
    assertNull("session", () -> REPOSITORY.searchAll(null, vectors, any -> any));
    assertNull("session", () -> REPOSITORY.search(null, Notes.query()));
    assertNull("session", () -> REPOSITORY.recall(null));
    assertNull("session", () -> REPOSITORY.findings(null));
    assertNull("embedder", () -> REPOSITORY.search(many, "disk", null));
    assertNull("text", () -> REPOSITORY.search(many, null, text -> Notes.query()));
    assertNull("search by words", () -> search.fusedWith(null));
    assertNull("work", () -> search.stream(null));
    assertNull("type", () -> search.into(null));
    assertThat(log.roundTrips()).isZero();
  }

  @Test
  void is_refused_as_a_model() {
    assertNull("name", () -> VectorSpace.l2(8).model(null, "1"));
    assertNull("version", () -> VectorSpace.l2(8).model("bge", null));
    Embedder<RuntimeException> embedder = text -> Notes.query();
    assertNull("model", () -> embedder.of(null));
  }
}
