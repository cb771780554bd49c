import Foundation
import SandboxPlanning
import SystemPackage
import Testing

@testable import Credentials

@Suite("A policy of credentials")
struct CredentialPolicyTests {
  static let accounts = HostAccounts(
    users: HostAccounts.numbers(of: "root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/:\n\nbroken\nwww-data:x:34:34\n"),
    groups: HostAccounts.numbers(of: "root:x:0:\naudio:x:29:a,b\nvideo:x:44:\n"))

  private func problems(_ policy: CredentialPolicy, isPrivileged: Bool = true) -> [String] {
    policy.problems(at: "credentials", accounts: Self.accounts, isPrivileged: isPrivileged).map(\.description)
  }

  @Test func `names are those of the account files, the first line of a name counts`() {
    #expect(Self.accounts.users == ["root": 0, "www-data": 33])
    var policy = CredentialPolicy()
    policy.user = "www-data"
    policy.group = "audio"
    policy.groups = ["video", 5, 44]
    #expect(problems(policy) == [])
    #expect(policy.resolved(by: Self.accounts) == ResolvedCredentials(user: 33, group: 29, groups: [5, 44]))
    #expect(policy.namesAccounts && !CredentialPolicy().namesAccounts)
  }

  @Test func `what is wrong is told at once, each by its path`() {
    var policy = CredentialPolicy()
    policy.user = "www-dta"
    policy.group = 65534
    policy.groups = ["vido", 0, 65534, "nobody-at-all"]
    policy.umask = 0o1777
    #expect(
      problems(policy) == [
        "credentials.user: the host's /etc/passwd has no user \"www-dta\"; hint: did you mean \"www-data\"?",
        "credentials.group: 65534 cannot be told from ids that the jail does not know; hint: use any other, as 1000",
        "credentials.groups[0]: the host's /etc/group has no group \"vido\"; hint: did you mean \"video\"?",
        "credentials.groups[1]: a jail never has the rights of the host's group 0; hint: name the group that it needs",
        "credentials.groups[2]: 65534 cannot be told from ids that the jail does not know; hint: name another group",
        "credentials.groups[3]: the host's /etc/group has no group \"nobody-at-all\"; hint: add it there, or give its number",
        "credentials.umask: a umask has at most nine bits (0777)",
      ])
  }

  @Test func `a supplementary group is another than the jail's own`() {
    var policy = CredentialPolicy()
    policy.groups = [1000]
    #expect(problems(policy).first?.hasPrefix("credentials.groups[0]: 1000 is the number of the jail's own group") == true)
    policy.group = 7
    #expect(problems(policy) == [])
  }

  @Test func `an ordinary user gives no groups, and a map has only so many lines`() {
    var policy = CredentialPolicy()
    policy.groups = [44]
    #expect(
      problems(policy, isPrivileged: false).first?.contains("an ordinary user can give its jail no supplementary groups") == true)
    policy.groups = (1...338).map { .number($0) }
    #expect(problems(policy) == [])
    policy.groups.append(339)
    #expect(problems(policy) == ["credentials.groups: a jail takes at most 338 groups; these are 339"])
  }

  @Test func `groups are set before the uid, and instead of being dropped`() {
    var policy = CredentialPolicy()
    policy.groups = ["video", 5]
    let steps = policy.operations(at: "credentials", as: policy.resolved(by: Self.accounts), dropGroups: true).map(\.operation)
    #expect(steps.prefix(2) == [.setGroups([5, 44]), .become(uid: 1000, gid: 1000, dropGroups: false)])
    let none = CredentialPolicy()
    let plain = none.operations(at: "credentials", as: none.resolved(by: Self.accounts), dropGroups: true).map(\.operation)
    #expect(plain.first == .become(uid: 1000, gid: 1000, dropGroups: true))
  }

  @Test func `a policy reads what it has written`() throws {
    var policy = CredentialPolicy()
    policy.user = "www-data"
    policy.groups = [44, "audio"]
    policy.umask = 0o27
    let json = try JSONEncoder().encode(policy)
    #expect(try JSONDecoder().decode(CredentialPolicy.self, from: json) == policy)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(CredentialPolicy.self, from: Data(#"{"user": -1}"#.utf8)) }
    #expect(CredentialID(parsing: "33") == 33 && CredentialID(parsing: "www-data") == "www-data")
  }
}

@Suite("Who a process is")
struct CredentialStateTests {
  @Test func `it is what the kernel's calls say`() throws {
    let state = try CredentialState()
    #expect([state.user.real, state.user.effective] == [getuid(), geteuid()])
    #expect([state.group.real, state.group.effective] == [getgid(), getegid()])
    var groups = [gid_t](repeating: 0, count: 65536)
    #expect(state.groups.sorted() == Array(groups[..<Int(getgroups(65536, &groups))]).sorted())
  }

  @Test func `each field stands where it belongs`() throws {
    let text = "Name:\tx\nUmask:\t0027\nUid:\t1\t2\t3\t4\nGid:\t5\t6\t7\t8\nGroups:\t9 10 \n"
    let state = try #require(CredentialState(status: text))
    #expect([state.user.real, state.user.effective, state.user.saved, state.user.filesystem] == [1, 2, 3, 4])
    #expect([state.group.real, state.group.effective, state.group.saved, state.group.filesystem] == [5, 6, 7, 8])
    #expect(state.groups == [9, 10] && state.umask == 0o27)
    #expect(CredentialState(status: "Uid:\t1\t2\t3\nGid:\t5\t6\t7\t8\nGroups:\t\n") == nil)
    #expect(CredentialState(status: "") == nil)
  }

  @Test func `a process that is not there is an error`() {
    #expect(throws: Errno.noSuchFileOrDirectory) { try CredentialState(ofProcess: 0x7fff_ffff) }
  }
}
