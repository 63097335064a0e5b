package dev.tenon.tenancy.audit;

/**
 * A hole that the catalogue shows.
 *
 * @param severity how bad it is
 * @param rule what kind of hole it is
 * @param object the object that has it, quoted as in SQL; a policy, trigger or rule is followed by
 *     {@code on} and its table
 * @param why what can happen through it
 * @param fix the SQL that mends it, to be run as the owner; an SQL comment where somebody has to
 *     decide first
 */
public record Finding(Severity severity, Rule rule, String object, String why, String fix) {

  /** How bad a finding is. */
  public enum Severity {
    /** Rows of another tenant can be reached, or a declared isolation is not there. */
    ERROR,
    /** Nothing leaks by it alone: it costs time, hides rows, or waits for one more mistake. */
    WARNING,
    /** Something to know. */
    INFO
  }

  /**
   * The kinds of holes, with the severity that they mostly have, in the order in which their fixes
   * are run: a key that others refer to cannot go before these.
   */
  public enum Rule {
    ROLE_SUPERUSER(Severity.ERROR, "no policy and no missing right holds a superuser"),
    ROLE_BYPASSES_ROW_SECURITY(Severity.ERROR, "no policy holds a role with BYPASSRLS"),
    ROLE_OWNS(
        Severity.ERROR,
        "an owner can switch the isolation off; if this is the role that migrates, name the"
            + " application's role to the audit"),
    ROLE_REPLICATES(Severity.ERROR, "a replication stream carries the rows of all tenants"),
    ROLE_PREDEFINED(Severity.ERROR, "the role reaches tables and files that nobody granted"),
    ROLE_CREATES_ROLES(Severity.ERROR, "it can make itself a member of roles that no policy holds"),
    ROLE_WATCHES(
        Severity.WARNING, "it sees the statements of every session, or ends other sessions"),

    FUNCTION_DRIFT(
        Severity.ERROR, "policies and fences ask it who the tenant is, and it is not Tenon's own"),
    REGISTRY_DRIFT(
        Severity.ERROR,
        "a table of Tenon's own is not guarded as its migrations made it: who the tenants are, what"
            + " is isolated and who worked across tenants can be read or changed"),
    PRESET_TENANT(
        Severity.ERROR,
        "work without a tenant is then done as this one, in silence, instead of being refused"),

    TENANT_COLUMN_MISSING(Severity.ERROR, "no row says who owns it"),
    TENANT_COLUMN_NULLABLE(Severity.WARNING, "a row without a tenant is seen by nobody"),
    TENANT_DEFAULT(
        Severity.WARNING,
        "a raw insert that leaves the tenant out is refused, or is not the tenant's of the session"),
    UNDECLARED_TABLE(
        Severity.WARNING, "nothing says whose rows these are, so nothing exports or erases them"),
    SHARED_WITH_TENANT_COLUMN(
        Severity.ERROR, "the table is declared SHARED and its rows name a tenant"),
    STALE_DECLARATION(Severity.WARNING, "the declared table or its base is gone"),

    ROW_SECURITY_OFF(Severity.ERROR, "every tenant reads the rows of all"),
    ROW_SECURITY_NOT_FORCED(Severity.ERROR, "the table's owner ignores the policy"),
    NO_POLICY(Severity.ERROR, "no policy lets a tenant reach its own rows"),
    POLICY_IGNORES_TENANT(
        Severity.ERROR, "the policy does not compare the tenant column with the bound tenant"),
    SEVERAL_PERMISSIVE_POLICIES(
        Severity.ERROR, "permissive policies are joined by OR: the laxest decides"),
    POLICY_WITHOUT_CHECK(
        Severity.WARNING, "what may be written hangs on what may be read; WITH CHECK is not said"),
    POLICY_FOR_SOME_COMMANDS(Severity.WARNING, "the other commands reach no row"),
    POLICY_DRIFT(Severity.ERROR, "the policy was edited by hand and is not the one declared"),
    TENANT_READ_PER_ROW(
        Severity.WARNING, "a scan asks for the tenant once a row instead of once a statement"),

    FENCE_DRIFT(Severity.ERROR, "the fence view was edited by hand and is not the one declared"),
    FENCE_COLUMNS(Severity.WARNING, "the fence view does not show the columns of its table"),
    FENCE_SCHEMA_OPEN(Severity.ERROR, "the tables behind fences can be named"),
    FENCE_BASE_GRANTED(Severity.ERROR, "the rows behind the fence have no policy"),
    FENCE_WITHOUT_BARRIER(
        Severity.ERROR,
        "a condition may run before the fence's predicate, and errors of built-in expressions then"
            + " name values of other tenants; accept it where every condition is your own"),
    CREATE_WITHOUT_BARRIER(
        Severity.ERROR,
        "a function of the caller's own in a filter sees rows before a fence without barrier drops"
            + " them; revoke the right, or declare the fences without withoutBarrier()"),
    TEMPORARY_WITHOUT_BARRIER(
        Severity.ERROR,
        "a function in pg_temp in a filter sees rows before a fence without barrier drops them;"
            + " revoke the right, or declare the fences without withoutBarrier()"),

    FOREIGN_KEY_WITHOUT_TENANT(
        Severity.ERROR,
        "the check of the key sees all tenants: a row can refer to another tenant's, and fall with"
            + " it"),
    KEY_DISABLED(Severity.WARNING, "the key stands there and nothing checks it"),
    UNIQUE_WITHOUT_TENANT(Severity.ERROR, "a refused key tells one tenant what another tenant has"),
    NO_TENANT_INDEX(Severity.WARNING, "every statement of a tenant reads the rows of all"),
    INDEX_NOT_LEAKPROOF(
        Severity.WARNING,
        "row-level security and a fence's barrier keep operators that are not leakproof from the"
            + " index"),
    SHARED_SEQUENCE(Severity.INFO, "gaps in its numbers tell how much other tenants write"),

    DEFINER_VIEW(Severity.ERROR, "the view reads with its owner's rights"),
    MATERIALIZED_VIEW(Severity.ERROR, "a materialised view has no policies"),
    CONTINUOUS_AGGREGATE(
        Severity.ERROR, "a continuous aggregate has no policies, nor can a hypertable under it"),
    PARTITION_GRANTED(
        Severity.ERROR, "read by its own name it skips the isolation of the table above it"),
    CHUNKS_REACHABLE(
        Severity.ERROR,
        "rights on a hypertable reach its chunks and its policies do not, and the schema of the"
            + " chunks is open"),
    FOREIGN_TABLE(Severity.ERROR, "a foreign table has no policies"),
    FOREIGN_SERVER(
        Severity.WARNING, "what the other server shows has no policies, and it may be this one"),
    INHERITANCE_PARENT(
        Severity.ERROR,
        "read through it, the rows of the tables that inherit from it have no policies"),

    DEFINER_FUNCTION(Severity.ERROR, "the function reads and writes with its owner's rights"),
    NATIVE_FUNCTION(
        Severity.ERROR,
        "its code runs inside the server, which asks it for no right: not on files, nor on rows"),
    LEAKPROOF_FUNCTION(
        Severity.ERROR,
        "PostgreSQL calls it with the rows of all tenants, before a policy or a barrier drops"
            + " them"),
    UNPINNED_SEARCH_PATH(
        Severity.WARNING, "the caller decides which objects run with the owner's rights"),
    DEFINER_TRIGGER(Severity.ERROR, "a write of the caller runs code with another's rights"),
    CASCADE_TRIGGER(
        Severity.ERROR,
        "a cascade runs as the owner of the table, whom no policy binds in it, and so does a BEFORE"
            + " trigger under it: it reads and writes the rows of all tenants"),
    IMMUTABLE_READER(
        Severity.ERROR,
        "its answer to one tenant is kept in a plan, an index or a column, and given to the next"
            + " tenant of the pooled connection"),
    SESSION_STATE(
        Severity.WARNING,
        "what it sets stays on the pooled connection and meets the next tenant; use"
            + " set_config(…, true)"),
    REWRITE_RULE(Severity.WARNING, "a rule runs with the rights of the table's owner"),

    UNBOUND_RIGHTS(Severity.ERROR, "row-level security does not apply to them"),
    DEFAULT_PRIVILEGES(
        Severity.WARNING,
        "the next table behind a fence, or the next partition, is granted as soon as it is made"),
    SHARED_WRITABLE(
        Severity.WARNING, "what one tenant writes into a shared table, every other tenant reads"),
    DOMAIN_OWNED(
        Severity.ERROR,
        "its owner can add a check, and hears whether a row of any tenant breaks it"),
    PARAMETER_GRANTED(
        Severity.WARNING, "a setting that superusers keep to themselves changes what is checked"),
    CATALOG_GRANTED(
        Severity.ERROR,
        "the server keeps samples and files of all tenants there, and gives them to nobody"),
    LARGE_OBJECT(
        Severity.ERROR,
        "a large object belongs to no tenant: every session of the role reads and writes it"),
    LARGE_OBJECT_RIGHTS(
        Severity.WARNING, "a large object belongs to no tenant: what one writes, all read"),
    PUBLICATION(Severity.INFO, "subscribers receive the rows of all tenants"),

    MISSING_TABLE(Severity.ERROR, "the table is declared in Java and is not in the database"),
    OTHER_ISOLATION(Severity.ERROR, "the database holds another declaration than Java"),
    MISSING_KEY(Severity.WARNING, "the declared key is not in the database");

    private final Severity severity;
    private final String why;

    Rule(Severity severity, String why) {
      this.severity = severity;
      this.why = why;
    }

    /** How bad it mostly is; a finding may differ. */
    public Severity severity() {
      return severity;
    }

    /** What can happen through it. */
    public String why() {
      return why;
    }
  }

  /** A finding with the severity of its rule. */
  public static Finding of(Rule rule, String object, String detail, String fix) {
    return new Finding(rule.severity, rule, object, detail + ": " + rule.why, fix);
  }

  /** One line; the fix is left out. */
  @Override
  public String toString() {
    return severity + " " + rule + " " + object + ": " + why;
  }
}
