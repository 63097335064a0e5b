package dev.tenon.tenancy.lifecycle;

import dev.tenon.core.InvalidDataException;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.Problem;
import dev.tenon.core.TenantId;
import dev.tenon.core.Transaction;
import dev.tenon.core.UsageException;
import dev.tenon.tenancy.AdminDatabase;
import dev.tenon.tenancy.internal.StorableText;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The tenants that there are, in {@code tenon.tenant}, and whether they may work.
 *
 * <p>Each method is one transaction across tenants with its reason on record, and may be run again:
 * what is so already stays so. Safe for use by many threads.
 */
public final class TenantRegistry {

  private static final String COLUMNS = "id, name, state, reason, created_at";

  private static final String UNIQUE_VIOLATION = "23505";

  private static final String ERASED = "erased ";

  private static final Pattern NAME_OF_ERASED =
      Pattern.compile(ERASED + "\\p{XDigit}{8}(-\\p{XDigit}{4}){3}-\\p{XDigit}{12}");

  private final AdminDatabase admin;

  private TenantRegistry(AdminDatabase admin) {
    this.admin = admin;
  }

  public static TenantRegistry on(AdminDatabase admin) {
    return new TenantRegistry(admin);
  }

  /**
   * Creates an active tenant; one that exists under this name already is returned as it is.
   *
   * @throws InvalidDataException if the name is blank, no text that PostgreSQL keeps, or one of an
   *     erased tenant, the tenant has another one, or another tenant has it
   * @throws UsageException if the tenant was erased: its id is not used again
   */
  public Tenant create(TenantId id, String name) {
    requireText("create", "name", name);
    return admin
        .admin("create tenant " + id)
        .acrossTenantsResult(
            Transaction.Options.defaults(),
            transaction -> {
              createIfUnknown(transaction, "TenantRegistry.create", id, name);
              Tenant tenant = requireNotErased(transaction, "TenantRegistry.create", id);
              if (!tenant.name().equals(name)) {
                throw new InvalidDataException(
                    Problem.what("tenant " + id + " exists under another name")
                        .where("TenantRegistry.create")
                        .why("its name is '" + Problem.excerpt(tenant.name()) + "'")
                        .fix("use rename, or another id"));
              }
              return tenant;
            });
  }

  /**
   * Gives a tenant another name.
   *
   * @throws NotFoundException if the tenant is unknown
   * @throws InvalidDataException if the name is blank or one of an erased tenant, or another tenant
   *     has it
   * @throws UsageException if it is being erased, or was
   */
  public Tenant rename(TenantId id, String name) {
    requireText("rename", "name", name);
    requireNotOfErased("TenantRegistry.rename", name);
    Tenant renamed =
        change(
            "rename",
            id,
            "name = case when state in ('ERASING', 'ERASED') then name else ? end",
            name);
    requireNotErased("TenantRegistry.rename", renamed);
    return renamed;
  }

  /**
   * Refuses every later unit of work of a tenant, in applications that ask the registry; what runs
   * already ends as it would.
   *
   * @throws NotFoundException if the tenant is unknown
   * @throws InvalidDataException if the reason is blank
   * @throws UsageException if it is being erased
   */
  public Tenant suspend(TenantId id, String reason) {
    requireText("suspend", "reason", reason);
    return move("suspend", id, Tenant.State.SUSPENDED, reason);
  }

  /**
   * Lets a suspended tenant work again.
   *
   * @throws NotFoundException if the tenant is unknown
   * @throws UsageException if it is being erased
   */
  public Tenant resume(TenantId id) {
    return move("resume", id, Tenant.State.ACTIVE, null);
  }

  /** What is known of a tenant. */
  public Optional<Tenant> find(TenantId id) {
    return admin
        .admin("find tenant " + id)
        .acrossTenantsResult(Transaction.Options.defaults(), transaction -> find(transaction, id));
  }

  /** Every tenant, erased ones too, by name. */
  public List<Tenant> all() {
    return admin
        .admin("list the tenants")
        .acrossTenantsResult(
            Transaction.Options.defaults(),
            transaction ->
                query(transaction, "select " + COLUMNS + " from tenon.tenant order by name"));
  }

  static void createIfUnknown(Transaction transaction, String where, TenantId id, String name) {
    requireNotOfErased(where, name);
    update(
        transaction,
        where,
        "insert into tenon.tenant (id, name) values (?, ?) on conflict (id) do nothing",
        id.value(),
        name);
  }

  /** Whether the tenant's last restore was of the archive with this digest. */
  static boolean isRestoredFrom(Transaction transaction, TenantId id, String digest) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement =
              connection.prepareStatement(
                  """
                  select exists (select from tenon.tenant where id = ? and restored_from = ?)
                  """)) {
            bind(statement, id.value(), digest);
            try (ResultSet row = statement.executeQuery()) {
              row.next();
              return row.getBoolean(1);
            }
          }
        });
  }

  static void restored(Transaction transaction, TenantId id, String digest) {
    update(
        transaction,
        "TenantArchive.restore",
        "update tenon.tenant set restored_from = ? where id = ?",
        digest,
        id.value());
  }

  /**
   * Begins or continues an erasure; from then on the tenant is neither exported nor restored.
   *
   * @param check throws where the erasure could not go on
   */
  Tenant erasing(TenantId id, Consumer<Transaction> check) {
    return change(
        "erase",
        id,
        transaction -> {
          TenantLock.take(transaction, id, "TenantErasure.erase");
          check.accept(transaction);
        },
        "state = case state when 'ERASED' then state else 'ERASING' end, reason = ?",
        "being erased");
  }

  /** Ends an erasure: of the name nothing stays either. */
  Tenant erased(TenantId id) {
    return change("erase", id, "state = 'ERASED', reason = null, name = ?", ERASED + id);
  }

  private Tenant move(String method, TenantId id, Tenant.State state, @Nullable String reason) {
    Tenant moved =
        change(
            method,
            id,
            """
            state = case when state in ('ERASING', 'ERASED') then state else '%1$s' end,
            reason = case when state in ('ERASING', 'ERASED') then reason else ? end"""
                .formatted(state),
            reason);
    requireNotErased("TenantRegistry." + method, moved);
    return moved;
  }

  /** The tenant as this transaction sees it. */
  static Tenant requireNotErased(Transaction transaction, String where, TenantId id) {
    Tenant tenant = require(transaction, where, id);
    requireNotErased(where, tenant);
    return tenant;
  }

  private static void requireNotErased(String where, Tenant tenant) {
    if (tenant.state() == Tenant.State.ERASING || tenant.state() == Tenant.State.ERASED) {
      throw new UsageException(
          Problem.what("tenant " + tenant.id() + " is " + tenant.state())
              .where(where)
              .why("an erasure has no way back")
              .fix("finish it with TenantErasure, or create another tenant"));
    }
  }

  private Tenant change(String method, TenantId id, String assignment, @Nullable String value) {
    return change(method, id, transaction -> {}, assignment, value);
  }

  private Tenant change(
      String method,
      TenantId id,
      Consumer<Transaction> before,
      String assignment,
      @Nullable String value) {
    return admin
        .admin(method + " tenant " + id)
        .acrossTenantsResult(
            Transaction.Options.defaults(),
            transaction -> {
              before.accept(transaction);
              update(
                  transaction,
                  "TenantRegistry." + method,
                  "update tenon.tenant set changed_at = clock_timestamp(), "
                      + assignment
                      + " where id = ?",
                  value,
                  id.value());
              return require(transaction, "TenantRegistry." + method, id);
            });
  }

  private static Tenant require(Transaction transaction, String where, TenantId id) {
    return find(transaction, id)
        .orElseThrow(
            () ->
                new NotFoundException(
                    Problem.what("tenant " + id + " is unknown")
                        .where(where)
                        .why("tenon.tenant has no such row")
                        .fix("create it first")));
  }

  private static Optional<Tenant> find(Transaction transaction, TenantId id) {
    return query(transaction, "select " + COLUMNS + " from tenon.tenant where id = ?", id.value())
        .stream()
        .findFirst();
  }

  private static List<Tenant> query(Transaction transaction, String sql, Object... values) {
    return transaction.jdbc(
        connection -> {
          try (PreparedStatement statement = connection.prepareStatement(sql)) {
            bind(statement, values);
            List<Tenant> tenants = new ArrayList<>();
            try (ResultSet rows = statement.executeQuery()) {
              while (rows.next()) {
                tenants.add(read(rows));
              }
            }
            return tenants;
          }
        });
  }

  private static Tenant read(ResultSet row) throws SQLException {
    return new Tenant(
        TenantId.parse(row.getString(1)),
        row.getString(2),
        Tenant.State.valueOf(row.getString(3)),
        row.getString(4),
        row.getObject(5, OffsetDateTime.class).toInstant());
  }

  private static void update(
      Transaction transaction, String where, String sql, @Nullable Object... values) {
    try {
      transaction.jdbc(
          connection -> {
            try (PreparedStatement statement = connection.prepareStatement(sql)) {
              bind(statement, values);
              return statement.executeUpdate();
            }
          });
    } catch (InvalidDataException error) {
      throw isTaken(error) ? taken(where, error) : error;
    }
  }

  /** The name is the only unique key that is not asked about first. */
  private static boolean isTaken(InvalidDataException error) {
    return error.getCause() instanceof SQLException cause
        && UNIQUE_VIOLATION.equals(cause.getSQLState());
  }

  private static InvalidDataException taken(String where, InvalidDataException error) {
    return new InvalidDataException(
        Problem.what("another tenant has this name")
            .where(where)
            .why("the names of tenants are unique; suspended tenants keep theirs")
            .fix("choose another name, or rename the other tenant first"),
        error);
  }

  private static void bind(PreparedStatement statement, @Nullable Object... values)
      throws SQLException {
    for (int i = 0; i < values.length; i++) {
      if (values[i] == null || values[i] instanceof String) {
        statement.setString(i + 1, (String) values[i]);
      } else {
        statement.setObject(i + 1, values[i]);
      }
    }
  }

  /** Names are unique: who has it would keep that tenant's erasure from its end. */
  private static void requireNotOfErased(String where, String name) {
    if (NAME_OF_ERASED.matcher(name).matches()) {
      throw new InvalidDataException(
          Problem.what("the name '" + name + "' is kept for a tenant that is erased")
              .where(where)
              .why("an erasure gives its tenant this name, and names are unique")
              .fix("choose another name"));
    }
  }

  private static void requireText(String method, String what, String text) {
    if (text.isBlank()) {
      throw new InvalidDataException(
          Problem.what("the " + what + " is blank")
              .where("TenantRegistry." + method)
              .why("people tell tenants and what happened to them apart by it")
              .fix("give a " + what));
    }
    if (!StorableText.is(text)) {
      throw new InvalidDataException(
          Problem.what("the " + what + " holds a NUL character or half of a surrogate pair")
              .where("TenantRegistry." + method)
              .why("PostgreSQL keeps no text with one, and it would be kept as another one")
              .fix("leave the character out; half of a pair was cut in the middle of a character"));
    }
  }
}
