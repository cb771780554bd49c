/// Contenders by turns: A B C, A B C, …, each round in another order, so that what the machine does meanwhile, and what one
/// leaves behind for the next, falls on all alike.
struct Interleaved {
  let name: String
  let title: String
  let rounds: Int
  /// Not measured: caches, lazy binding, the first use of each library.
  var warmUp = 3

  func run(_ makers: [Maker]) async -> Scenario {
    var scenario = Scenario(name: name, title: title, rounds: rounds)
    var contenders: [any Contender] = []
    for maker in makers {
      do {
        let contender = try maker.make(maker.description)
        try await check(contender)
        contenders.append(contender)
      } catch {
        scenario.skipped[maker.description.name] = "\(error)"
        tell("  without \(maker.description.name): \(error)")
      }
    }
    var samples: [String: [Sample]] = [:]
    var random = Generator(state: 0x5eed)
    for round in 0..<warmUp + rounds {
      for contender in contenders.shuffled(using: &random) where scenario.skipped[contender.name] == nil {
        do {
          let sample = try await contender.spawn()
          if round >= warmUp { samples[contender.name, default: []].append(sample) }
        } catch {
          scenario.skipped[contender.name] = "failed in round \(round): \(error)"
          samples[contender.name] = nil
          tell("  without \(contender.name) from now on: \(error)")
        }
      }
      if round >= warmUp, (round - warmUp + 1) % max(1, rounds / 5) == 0 {
        tell("  \(name): round \(round - warmUp + 1) of \(rounds)")
      }
    }
    for contender in contenders {
      await contender.end()
      if let own = samples[contender.name] { scenario.rows.append(.init(contender.description, own)) }
    }
    scenario.compare()
    return scenario
  }

  /// The payload really runs, with its arguments, and its status comes back.
  private func check(_ contender: any Contender) async throws {
    let status = try await contender.spawnFailing()
    guard status == 3 else { throw Failure("a payload that ends with 3 was said to have ended with \(status)") }
  }
}

/// The same orders each time.
struct Generator: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
