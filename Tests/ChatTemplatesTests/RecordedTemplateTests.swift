import ChatTemplates
import JSONValues
import Testing

/// Loops whose elements, conditions and lengths depend on what the loop itself does, and texts marked as safe.
@Suite struct RecordedTemplateTests {
    @Test(arguments: [("loops", 98), ("markup", 55)])
    func `a recorded template prints what jinja2 prints, or says that it cannot`(name: String, percent: Int) throws {
        let lines = try Vectors.lines("\(name).jsonl")
        let head = lines.first?["head"]?.string ?? ""
        let variables = try #require(lines.first?["variables"]?.object)
        var printed = 0
        for row in lines.dropFirst() {
            let short = try #require(row["t"]?.string)
            let template = short.hasPrefix("@") ? head + short.dropFirst() : short
            do throws(TemplateError) {
                let text = String(decoding: try ChatTemplate(template).render(variables), as: UTF8.self)
                printed += 1
                #expect(row["o"]?.string == text, "\(short) prints \(text), not \(row["o"]?.string ?? "an error")")
            } catch {
                guard let expected = row["o"]?.string else { continue }
                #expect(error.kind == .unsupported, "\(short) fails: \(error), and should print \(expected)")
            }
        }
        #expect(printed * 100 > lines.count * percent, "\(printed) of \(lines.count - 1) print")
    }
}
