import FoundationEssentials
import Sandbox
import SandboxPlanning

/// The library's own plan, read back from its JSON: so that a floor is made of the same steps as the jail it is held against.
struct PlanSteps {
  struct Step {
    let stage: Int
    let name: String
    let fields: [String: JSON]

    func text(_ key: String = "_0") throws -> String {
      guard case .string(let text)? = fields[key] else { throw Failure("the plan's step \(name) has no text \(key)") }
      return text
    }
    func number(_ key: String = "_0") throws -> UInt64 {
      guard case .number(let number)? = fields[key] else { throw Failure("the plan's step \(name) has no number \(key)") }
      return number
    }
    func flag(_ key: String) -> Bool { fields[key] == .bool(true) }
    func numbers(_ key: String = "_0") throws -> [UInt64] {
      guard case .array(let array)? = fields[key] else { throw Failure("the plan's step \(name) has no list \(key)") }
      return try array.map {
        guard case .number(let number) = $0 else { throw Failure("the plan's step \(name): \(key) is no list of numbers") }
        return number
      }
    }
    func texts(_ key: String) throws -> [String] {
      guard case .array(let array)? = fields[key] else { throw Failure("the plan's step \(name) has no list \(key)") }
      return try array.map {
        guard case .string(let text) = $0 else { throw Failure("the plan's step \(name): \(key) is no list of texts") }
        return text
      }
    }
  }

  let steps: [Step]

  init(_ plan: Plan) throws {
    let data = try JSONEncoder().encode(plan)
    steps = try JSONDecoder().decode(Written.self, from: data).steps.map { step in
      guard let (name, fields) = step.operation.first else { throw Failure("a step of the plan has no operation") }
      return Step(stage: step.stage, name: name, fields: fields)
    }
  }

  func all(_ name: String) -> [Step] { steps.filter { $0.name == name } }

  private struct Written: Decodable {
    struct Step: Decodable {
      let stage: Int
      let operation: [String: [String: JSON]]
    }
    let steps: [Step]
  }
}

/// As much of JSON as a plan is made of.
enum JSON: Decodable, Equatable {
  case bool(Bool)
  case number(UInt64)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(UInt64.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(value)
    } else if let value = try? container.decode([JSON].self) {
      self = .array(value)
    } else {
      self = .object(try container.decode([String: JSON].self))
    }
  }
}

/// Something that ends the benchmark, or a contender's part in it.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
