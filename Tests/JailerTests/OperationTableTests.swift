internal import JailerTable
import Testing

@Suite("The table of operations")
struct OperationTableTests {
  struct Row: Equatable {
    let number: Int
    let name, operands: String
    let stages: Int
    let scope: Character
  }

  static let rows: [Row] = (0..<jailer_table_count).map { index in
    let row = jailer_table_row_at(index)!.pointee
    return Row(
      number: Int(row.number), name: String(cString: row.name), operands: String(cString: row.operands),
      stages: Int(row.stages), scope: Character(UnicodeScalar(UInt8(bitPattern: row.scope))))
  }

  /// Encoded plans and reports name operations by number: a number is never given a second meaning.
  static let taken = [
    "RAISE_OPEN_FILES", "OPEN_TREE", "MAKE_ID_NAMESPACE", "MAP_TREE", "CLONE_JAIL", "BECOME", "NEW_SESSION_KEYRING",
    "MAKE_MOUNTS_PRIVATE", "SET_HOST_NAME", "SET_DOMAIN_NAME", "RAISE_LOOPBACK", "UNSHARE", "WRITE_PROCESS_FILE",
    "NEW_FILESYSTEM", "ATTACH_ROOT", "ATTACH", "MAKE_DIRECTORY", "MAKE_SYMLINK", "MAKE_FILE", "MASK_PATH", "MAKE_READ_ONLY",
    "ENTER_ROOT", "CHANGE_DIRECTORY", "CLOSE", "LIMIT_BOUNDING_SET", "SET_SECURE_BITS", "SET_CAPABILITIES",
    "SET_NO_NEW_PRIVILEGES", "FORBID_DUMPING", "OPEN_TERMINAL", "START_PAYLOAD", "NEW_SESSION", "TAKE_TERMINAL",
    "INSTALL_DESCRIPTORS", "SET_RESOURCE_LIMIT", "SET_UMASK", "LOAD_FILTER", "EXECUTE", "WRITE_SYSCTL",
    "PARK", "OPEN_ROOT", "DIVIDE_MOUNTS", "ENTER_MOUNTS", "SET_GROUPS", "SET_NICE", "SET_SCHEDULER", "SET_AFFINITY",
    "OPEN_NAMESPACE", "JOIN_NAMESPACES", "WAIT_FOR_MAPS", "KEEP_DESCRIPTORS", "CHANGE_ROOT", "SYNCHRONIZE_FILTER",
    "ALLOW_DUMPING",
  ]

  /// Beyond those that were given out in turn.
  static let takenLater = [
    55: "TAKE_MOUNTS", 56: "SET_MOUNTS_ASIDE", 60: "MASK_IN_ROOT", 61: "MAKE_READ_ONLY_IN_ROOT", 62: "SET_MOUNT_ATTRIBUTES",
    63: "ADOPT_ORPHANS", 64: "HOLD_IN_ROOT",
  ]

  @Test func `numbers ascend, and none stands twice`() {
    #expect(Self.rows.count >= Self.taken.count)
    for (row, next) in zip(Self.rows, Self.rows.dropFirst()) { #expect(row.number < next.number, "\(next.name)") }
  }

  @Test func `a number that was given out keeps its meaning`() {
    for (index, name) in Self.taken.enumerated() {
      // A retired operation may be missing; another in its place may not.
      if let row = Self.rows.first(where: { $0.number == index + 1 }) { #expect(row.name == name) }
    }
    for (number, name) in Self.takenLater {
      if let row = Self.rows.first(where: { $0.number == number }) { #expect(row.name == name) }
    }
  }

  @Test(arguments: rows) func `each row says what it takes and where it is legal`(_ row: Row) {
    #expect(row.operands.count == 6)
    #expect(row.operands.allSatisfy { "isbvfF.".contains($0) }, "\(row.operands)")
    for (kind, next) in zip(row.operands, row.operands.dropFirst()) where kind == "b" {
      #expect(next == ".", "the operand after a b is its count")
    }
    #expect(row.operands.last != "b")
    #expect((1...31).contains(row.stages))
    #expect(row.scope == "p" || row.scope == "t")
  }
}
