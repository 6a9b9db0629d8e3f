import AgentProtocol
import Routing
import TestKit
import Testing

struct PrefixTableTests {
    let engines = (0..<4).map { Endpoint.pod("p\($0)").engine }

    @Test(arguments: [
        ("", 0xEF46_DB37_51D8_E999), ("a", 0xD24E_C4F1_A98C_6E5B), ("abc", 0x44BC_2CF5_AD77_0999),
        ("Nobody inspects the spammish repetition", 0xFBCE_A83C_8A37_8BF1),
    ])
    func `the hash is xxHash64`(text: String, hash: UInt64) {
        #expect(XXHash64.hash(Array(text.utf8)) == hash)
    }

    @Test func `text is cut in blocks, the last may be short, and each hash covers what is before it`() {
        let options = PrefixTable.Options()
        let text = Array(String(repeating: "x", count: 130).utf8)
        let hashes = options.hashes(of: text, model: "m")
        #expect(hashes.count == 3)
        let first = XXHash64.hash(Array("\(XXHash64.hash(Array("m".utf8)))".utf8) + text.prefix(64))
        #expect(hashes[0] == first)
        #expect(hashes[1] == XXHash64.hash(Array("\(first)".utf8) + text[64..<128]))
        #expect(hashes[0] != hashes[1], "equal blocks differ by what is before them")
        #expect(options.hashes(of: text, model: "other")[0] != first)
        #expect(options.hashes(of: [], model: "m").isEmpty)
        #expect(options.hashes(of: Array(repeating: 1, count: 100_000), model: "m").count == 128)
    }

    @Test func `an engine matches as far as it was sent, and the longest matches count first`() {
        var table = PrefixTable()
        table.record([1, 2, 3], on: engines[0])
        table.record([1, 2, 9], on: engines[1])
        table.record([1], on: engines[2])
        #expect(table.matches([1, 2, 3, 4], engines: engines, matchesMax: 5) == [3, 2, 1, 0])
        #expect(table.matches([1, 2, 3, 4], engines: engines, matchesMax: 2) == [3, 2, 0, 0])
        #expect(table.matches([7], engines: engines, matchesMax: 5) == [0, 0, 0, 0])
        table.keep(only: [engines[1]])
        #expect(table.matches([1, 2, 3], engines: engines, matchesMax: 5) == [0, 2, 0, 0])
        #expect(table.count == 3)
    }

    @Test func `an engine's oldest hashes leave at its limit, and the largest engine gives at the limit of all`() {
        var table = PrefixTable(hashesMax: 3, entriesMax: 5)
        table.record([1, 2, 3], on: engines[0])
        table.record([1], on: engines[0])
        table.record([4], on: engines[0])
        #expect(table.matches([2], engines: [engines[0]], matchesMax: 5) == [0])
        #expect(table.matches([1], engines: [engines[0]], matchesMax: 5) == [1])
        table.record([10, 11, 12], on: engines[1])
        #expect(table.count == 5)
        #expect(table.matches([10, 11, 12], engines: [engines[1]], matchesMax: 5) == [3])
    }

    @Test(arguments: [UInt64(5), 20_261_121])
    func `agrees with a plain list of what was sent, under random use`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var table = PrefixTable(hashesMax: 12)
        var plain: [EngineID: [UInt64]] = [:]
        for round in 0..<2_000 {
            let engine = engines[Int.random(in: 0..<4, using: &random)]
            if Int.random(in: 0..<200, using: &random) == 0 {
                table.keep(only: Set(engines).subtracting([engine]))
                plain[engine] = nil
            } else {
                let hashes = (0..<Int.random(in: 1...4, using: &random)).map { _ in
                    UInt64.random(in: 0..<30, using: &random)
                }
                table.record(hashes, on: engine)
                for hash in hashes {
                    plain[engine, default: []].removeAll { $0 == hash }
                    plain[engine, default: []].append(hash)
                    if plain[engine, default: []].count > 12 { plain[engine, default: []].removeFirst() }
                }
            }
            let asked = UInt64.random(in: 0..<30, using: &random)
            let held = engines.map { plain[$0]?.contains(asked) == true ? Int32(1) : 0 }
            #expect(
                table.matches([asked], engines: engines, matchesMax: 4) == held, "seed \(seed) round \(round)")
            #expect(table.count == plain.values.reduce(0) { $0 + $1.count })
        }
    }
}
