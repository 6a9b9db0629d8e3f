import Testing
import Tokens

/// Ids against those of the reference, recorded by `vectors/vectors.py`.
struct FamilyTests {
    @Test(arguments: Family.all) func `gives the reference's ids`(_ family: Family) throws {
        var encoder = TokenEncoder(try family.tokenizer)
        var (count, wrong) = (0, 0)
        try family.forEachCase { row in
            count += 1
            for (framed, expected) in [(false, row.plain), (true, row.framed)] {
                var ids: [UInt32] = []
                try encoder.encode(row.text, framed: framed, into: &ids)
                if ids == expected { continue }
                wrong += 1
                if wrong <= 3 {
                    let text = String(decoding: row.text, as: UTF8.self).debugDescription
                    Issue.record("\(text): \(ids), not \(expected)")
                }
            }
        }
        #expect(count >= 80)
        #expect(wrong == 0)
    }

    @Test(arguments: Family.all) func `a second time gives the same`(_ family: Family) throws {
        var encoder = TokenEncoder(try family.tokenizer)
        for row in try family.cases.prefix(100) {
            let text = String(decoding: row.text, as: UTF8.self)
            #expect(encoder.encode(text, framed: false) == row.plain)
            #expect(encoder.encode(text, framed: false) == row.plain)
        }
    }
}
