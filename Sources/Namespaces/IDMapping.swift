/// A line of a user namespace's map: `count` ids from `inside` on are, outside, those from `outside` on. Ids go from 0 to
/// 4,294,967,294.
///
/// - SeeAlso: user_namespaces(7), /proc/PID/uid_map
public struct IDMapping: Hashable, Sendable {
  /// The first id as the jail sees it.
  public let inside: UInt32
  /// The first id as the host sees it.
  public let outside: UInt32
  /// How many; at least 1.
  public let count: UInt32

  /// Maps `count` ids, one unless said otherwise. Nothing is checked here, but with the policy.
  public init(inside: UInt32, outside: UInt32, count: UInt32 = 1) {
    self.inside = inside
    self.outside = outside
    self.count = count
  }

  /// `100000 to 165535`, or the one.
  package var outsideText: String {
    count == 1 ? "\(outside)" : "\(outside) to \(UInt64(outside) + UInt64(count) - 1)"
  }

  /// As /proc/PID/uid_map takes it.
  package var line: String { "\(inside) \(outside) \(count)" }
}
