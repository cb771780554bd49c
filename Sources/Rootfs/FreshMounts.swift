internal import SandboxPlanning

/// The part of a prepared sandbox's root that each jail makes anew: a procfs shows the processes of one pid namespace, and
/// what one jail writes into a tmpfs or a devpts is never another's to read.
///
/// What lies below such a mount has to be placed anew, too. Its launcher keeps it in a store: a tmpfs at the place of the
/// outermost fresh mount, which a jail opens what it needs from, and then takes away.
///
/// Of these, a launcher makes ahead whatever belongs to no pid or ipc namespace and depends on nothing that does.
struct FreshMounts {
  let root: Slot
  /// The same, of the mounts as they are made ahead.
  let rootAhead: Slot
  /// Where there is a procfs of the host's in a store.
  var proc: String?
  /// What is not there any more in the root that jails see.
  var stores: [String] = []
  let newSlot: () -> Slot
  /// What a jail does itself, and what may be done for it ahead: what is opened first, and what is made with it then.
  var operations: [Planned] = []
  private(set) var sourcesAhead: [Planned] = []
  private(set) var operationsAhead: [Planned] = []
  /// Where something stands that a jail makes itself: what lies above or below comes after it.
  private var late: [[Substring]] = []
  /// Where something fresh stands, with the count of what its store holds.
  private var places: [(names: [Substring], stored: Int)] = []

  init(newSlot: @escaping () -> Slot, from origin: PolicyPath) {
    self.newSlot = newSlot
    self.root = newSlot()
    self.rootAhead = newSlot()
    operations.append(Planned(.openRoot, .openRoot(root), from: origin))
    operationsAhead.append(Planned(.openRoot, .openRoot(rootAhead), from: origin))
  }

  /// Adds what is opened, and what is made at a path of it, in the one root or the other.
  mutating func add(
    at path: String, isLate: Bool, sources: [Planned] = [], _ operations: (_ root: Slot) -> [Planned]
  ) {
    let names = path.split(separator: "/")
    if isLate || late.contains(where: { $0.starts(with: names) || names.starts(with: $0) }) {
      late.append(names)
      self.operations += sources + operations(root)
    } else {
      sourcesAhead += sources
      operationsAhead += operations(rootAhead)
    }
  }

  /// Whether a path lies in something that each jail has anew.
  func covers(_ path: String) -> Bool { place(of: path) != nil }

  private func place(of path: String) -> Int? {
    let names = path.split(separator: "/")
    return places.firstIndex { names.starts(with: $0.names) }
  }

  /// Notes a fresh mount; gives whether its launcher has to make the directory that it stands on.
  mutating func add(_ path: String) -> Bool {
    guard !covers(path) else { return false }
    places.append((path.split(separator: "/"), 0))
    return true
  }

  /// Where the launcher keeps something for a path that is covered, and whether the store is still to be made there.
  mutating func store(for path: String) -> (path: String, place: String, isFirst: Bool) {
    let index = place(of: path)!
    let place = "/" + places[index].names.joined(separator: "/")
    let number = places[index].stored
    places[index].stored += 1
    return ("\(place)/\(number)", place, number == 0)
  }
}
