package dev.tenon.tenancy.audit;

import static dev.tenon.tenancy.audit.Finding.Rule.CASCADE_TRIGGER;
import static dev.tenon.tenancy.audit.Hole.hole;
import static dev.tenon.tenancy.audit.Hole.table;

import dev.tenon.tenancy.audit.Finding.Severity;
import java.util.List;

/** Holes in the bodies of functions that run with the rights of their caller. */
final class BodyHoles {

  private BodyHoles() {}

  /** A table whose rows go, or change, with their customer, and a trigger on it. */
  private static String cascading(String table, String action, String when, String body) {
    return table(
            table,
            """
            id uuid, customer_id uuid, note text,
              foreign key (tenant_id, customer_id) references public.customers (tenant_id, id)
            """
                + action)
        + """
        create function public.%1$s_trigger() returns trigger language plpgsql as $$ %3$s $$;
        create trigger %1$s_trigger %2$s on public.%1$s
          for each row execute function public.%1$s_trigger();
        """
            .formatted(table, when, body);
  }

  static final List<Hole> ALL =
      List.of(
          hole(
              CASCADE_TRIGGER,
              "falling_trigger on public.falling",
              cascading(
                  "falling",
                  "on delete cascade",
                  "before delete",
                  "begin update public.docs set body = ''; return old; end")),
          hole(
              CASCADE_TRIGGER,
              "moving_trigger on public.moving",
              cascading(
                  "moving",
                  "on update cascade",
                  "before insert or update",
                  "begin new.note := email from customers limit 1; return new; end")),
          hole(
                  CASCADE_TRIGGER,
                  "nulling_trigger on public.nulling",
                  cascading(
                      "nulling",
                      "on delete set null (customer_id)",
                      "before update of customer_id",
                      "begin execute tg_argv[0]; return new; end"))
              .with(Severity.WARNING),
          hole(
                  CASCADE_TRIGGER,
                  "calling_trigger on public.calling",
                  cascading(
                          "calling",
                          "on delete set default (customer_id)",
                          "before update",
                          "begin new.note := public.note_of(new.id); return new; end")
                      + """
                      create function public.note_of(id uuid) returns text
                        language sql stable as 'select id::text'
                      """)
              .with(Severity.WARNING));
}
