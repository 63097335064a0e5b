package dev.tenon.guide;

import static dev.tenon.guide.Members.EMAIL;
import static dev.tenon.guide.Members.NAME;
import static dev.tenon.guide.Members.members;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tenon.core.BulkResult;
import dev.tenon.core.NotFoundException;
import dev.tenon.core.OnStale;
import dev.tenon.core.Page;
import dev.tenon.core.Patch;
import dev.tenon.core.Session;
import dev.tenon.core.UuidV7;
import dev.tenon.guide.Members.Member;
import dev.tenon.tenancy.TenantDatabase;
import dev.tenon.tenancy.TenantSession;
import dev.tenon.testkit.TenonTest;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jooq.impl.DSL;
import org.junit.jupiter.api.Test;

@TenonTest(schema = Members.class)
class RepositoryWritesGuideTest {

  private final UUID acmeId = UuidV7.next();

  @Test
  void reads_one_or_many(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    Member ann = Member.of("ann@acme.example", "Ann");
    Member bob = Member.of("bob@acme.example", "Bob");
    members.insertAll(acme, List.of(ann, bob));

    boolean known = members.exists(acme, ann.id());
    long anns = members.count(acme, NAME.eq("Ann"));
    List<Member> both = members.findAll(acme, List.of(bob.id(), ann.id()));

    assertThat(known).isTrue();
    assertThat(anns).isEqualTo(1);
    assertThat(both).extracting(Member::name).containsExactly("Bob", "Ann");
    assertThat(members.list(acme, NAME.eq("Bob"))).containsExactly(both.get(0));
    TenantSession other = tenants.as(UuidV7.next());
    assertThat(members.findAll(other, List.of(bob.id(), ann.id()))).isEmpty();
    assertThat(members.deleteAll(other, List.of(bob.id(), ann.id()))).isZero();
  }

  @Test
  void writes_many_rows(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    List<Member> joined =
        IntStream.range(0, 10_001).mapToObj(i -> Member.of(i + "@acme.example", "New")).toList();
    members.insertAll(acme, joined);

    List<Member> read = new ArrayList<>(members.findAll(acme, ids(joined.subList(0, 3))));
    members.patch(acme, read.get(1).id(), Patch.of(NAME, "Somebody"));
    List<Member> changed = read.stream().map(member -> member.named("Known")).toList();

    BulkResult<UUID> result = members.updateAll(acme, changed, OnStale.REPORT);
    List<BulkResult.Stale<UUID>> stale = result.stale();

    assertThat(result.written()).isEqualTo(2);
    assertThat(stale).containsExactly(new BulkResult.Stale<>(read.get(1).id(), 1, 2));
    members.upsertAll(acme, List.of(Member.of("0@acme.example", "Met")), EMAIL);
    assertThat(members.get(acme, joined.get(0).id()).name()).isEqualTo("Met");
    assertThat(members.deleteAll(acme, ids(joined))).isEqualTo(10_001);
  }

  @Test
  void changes_some_columns_and_says_who_did(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    Member ann = Member.of("ann@acme.example", "Ann");
    members.insert(acme, ann);

    Session asBob = acme.withSetting(Session.ACTOR, "bob");
    Member renamed = members.patch(asBob, ann.id(), Patch.of(NAME, "Anna"), ann.version());
    Member met = members.upsert(asBob, Member.of("ann@acme.example", "Anne"), EMAIL);

    assertThat(List.of(renamed.name(), renamed.version(), "" + renamed.updatedBy()))
        .isEqualTo(List.of("Anna", 2, "bob"));
    assertThat(met)
        .isEqualTo(new Member(ann.id(), ann.email(), "Anne", renamed.createdAt(), "bob", 3));
  }

  @Test
  void deletes_and_restores(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    Member ann = Member.of("ann@acme.example", "Ann");
    members.insert(acme, ann);

    members.delete(acme, ann.id());
    Page<Member> trash = members.trash(acme, Page.Request.of(50));
    Member back = members.restore(acme, ann.id());
    long purged = members.purge(acme);

    assertThat(trash.rows()).hasSize(1);
    assertThat(back.version()).isEqualTo(3);
    assertThat(purged).isZero();
    assertThatThrownBy(() -> members.restore(tenants.as(UuidV7.next()), ann.id()))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void locks_and_claims(TenantDatabase tenants) {
    TenantSession acme = tenants.as(acmeId);
    Member ann = Member.of("ann@acme.example", "Ann");
    members.insert(acme, ann);

    acme.transaction(
        transaction -> {
          Member locked = members.lock(transaction, ann.id()).orElseThrow();
          members.update(transaction, locked.named("Anna"));
        });
    acme.transaction(
        transaction ->
            members
                .claim(transaction, NAME.eq("Anna"), 10)
                .forEach(member -> members.delete(transaction, member.id())));

    assertThat(members.count(acme, DSL.noCondition())).isZero();
  }

  private static List<UUID> ids(List<Member> some) {
    return some.stream().map(Member::id).toList();
  }
}
