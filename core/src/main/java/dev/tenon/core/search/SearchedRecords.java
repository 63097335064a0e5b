package dev.tenon.core.search;

import dev.tenon.core.Problem;
import dev.tenon.core.UsageException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** The records that hits of one table are read into: one mapping of each, made once. */
final class SearchedRecords {

  private final TextIndex<?> index;
  private final ConcurrentMap<Class<?>, SearchedColumns<?>> byRecord = new ConcurrentHashMap<>();

  SearchedRecords(TextIndex<?> index) {
    this.index = index;
  }

  @SuppressWarnings("unchecked")
  <R> SearchedColumns<R> into(Class<R> type) {
    return (SearchedColumns<R>) byRecord.computeIfAbsent(type, this::map);
  }

  private <R> SearchedColumns<R> map(Class<R> type) {
    SearchedColumns<R> columns = SearchedColumns.of(index.table(), type);
    for (int i = 0; i < columns.names().size(); i++) {
      String name = columns.names().get(i);
      int declared = index.columns().indexOf(name);
      if (declared < 0 || index.columns().type(declared) != columns.type(i)) {
        throw new UsageException(
            Problem.what(
                    type.getSimpleName()
                        + " has a component for the column "
                        + name
                        + ", which "
                        + index.columns().recordName()
                        + " does not have with that type")
                .where(index.place("into"))
                .why("a search reads the columns that it was declared with")
                .fix("rename the component, or give it the type that it has there"));
      }
    }
    return columns;
  }
}
