/// A line of a user namespace's map: `count` ids from `inside` on are, outside, those from `outside` on.
///
/// - SeeAlso: user_namespaces(7), /proc/PID/uid_map
public struct IDMapping: Hashable, Sendable {
  /// The first id as the jail sees it.
  public let inside: UInt32
  /// The first id as the host sees it.
  public let outside: UInt32
  /// How many.
  public let count: UInt32

  /// Maps `count` ids.
  public init(inside: UInt32, outside: UInt32, count: UInt32 = 1) {
    self.inside = inside
    self.outside = outside
    self.count = count
  }

  /// As /proc/PID/uid_map takes it.
  package var line: String { "\(inside) \(outside) \(count)" }
}
