@testable import Engines
import TestKit
import Testing

@Suite struct NameIndexTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var name: @Sendable (UInt64, inout SeededRandom) -> UInt64
    }

    static let rows = [
        Row(testDescription: "spread over all bits") { _, random in random.next() },
        Row(testDescription: "counted up") { number, _ in number },
        Row(testDescription: "counted up in the high bits") { number, _ in number << 40 },
        Row(testDescription: "with zero among them") { number, _ in number &* 0x1_0000_0001 },
    ]

    @Test(arguments: rows) func `rows are found by name while names come and go`(row: Row) {
        let seed = UInt64.random(in: 0 ... .max)
        var random = SeededRandom(seed: seed)
        var names: [UInt64] = []
        var index = NameIndex()
        var known: [UInt64: Int] = [:]
        var number: UInt64 = 0
        func fresh() -> UInt64 {
            defer { number += 1 }
            return row.name(number, &random)
        }
        for _ in 0..<20_000 {
            let name = fresh()
            guard known[name] == nil else { continue }
            names.append(name)
            known[name] = names.count - 1
            index.insert(row: names.count - 1, in: names)
        }
        // As a block set does it: a row is given to another name.
        for _ in 0..<40_000 {
            let row = random.below(names.count)
            let name = fresh()
            guard known[name] == nil else { continue }
            index.remove(row: row, in: names)
            known[names[row]] = nil
            (names[row], known[name]) = (name, row)
            index.insert(row: row, in: names)
        }
        #expect(known.allSatisfy { index.row(of: $0.key, in: names) == $0.value }, "seed \(seed)")
        for _ in 0..<1_000 {
            let name = fresh()
            #expect(index.row(of: name, in: names) == known[name], "seed \(seed)")
        }
    }
}
