package dev.tenon.tenancy.audit;

import java.util.List;
import java.util.stream.Collectors;

/**
 * The functions that modules of Tenon emit to run with their owner's rights, told by their whole
 * text.
 *
 * <p>What differs from table to table (plain names, types, a width) is taken out, the rest has to
 * be what was emitted, with its language, its arguments and its settings. A name that is not plain
 * stays in, and such a function waits for somebody to accept it.
 */
final class EmittedFunctions {

  /** Of the stages of time series, and of what makes partitions. */
  private static final List<String> FINGERPRINTS =
      List.of("527a08a1de9e5b0d78fef61a6124d6f1", "f981613af8e91432c083a447830b93bb");

  private static final String SKELETON =
      """
      regexp_replace(
        regexp_replace(
          regexp_replace(
            regexp_replace(
              regexp_replace(
                regexp_replace(
                  regexp_replace(p.prosrc, '^\\n-- Emitted by Tenon, [0-9a-f]{64}\\n', ''),
                  '\\s+', ' ', 'g'),
                'tenon_stage_[0-9a-f]{16}', 'tenon_stage', 'g'),
              '(create temporary table tenon_stage \\()( "\\w+" [a-z][a-z0-9 ]*(\\([0-9, ]+\\))?(\\[\\])*,?)+ (\\) on commit delete rows;)',
              '\\1\\5'),
            'interval ''[0-9]+ seconds''', 'interval'),
          ':= ''("\\w+"\\.)?"\\w+"''::regclass', ':= regclass'),
        'format\\(''%I\\.%I'', ''\\w+'', ''\\w+'' \\|\\|', 'format(')
      """;

  private EmittedFunctions() {}

  /** An expression over {@code pg_proc p}: whether Tenon emitted it and nobody edited it. */
  static String isEmitted() {
    return fingerprint()
        + " in "
        + FINGERPRINTS.stream().collect(Collectors.joining("', '", "('", "')"));
  }

  private static String fingerprint() {
    return """
        md5(concat_ws('|', (select l.lanname from pg_language l where l.oid = p.prolang),
          pg_get_function_result(p.oid), pg_get_function_arguments(p.oid), p.proconfig,
        """
        + SKELETON
        + "))";
  }
}
