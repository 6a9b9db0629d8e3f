import ChatTemplates
import JSONValues
import Testing

/// Thousands of small templates against what jinja2 printed for them.
@Suite struct ExpressionTests {
    static let date = TemplateDate(year: 2024, month: 2, day: 29, hour: 15, minute: 4, second: 5)

    @Test(arguments: 1...4) func `a small template prints what jinja2 prints, or says that it cannot`(part: Int) throws
    {
        let variables = try #require(try Vectors.lines("expressions-1.jsonl").first?.object)
        let rows = try Vectors.lines("expressions-\(part).jsonl").dropFirst(part == 1 ? 1 : 0)
        var printed = 0
        var refused: [String] = []
        for row in rows {
            let template = try #require(row["t"]?.string)
            do throws(TemplateError) {
                let output = try ChatTemplate(template).render(variables, now: Self.date)
                let text = String(decoding: output, as: UTF8.self)
                printed += 1
                #expect(row["o"]?.string == text, "\(template) prints \(text), not \(row["o"]?.string ?? "an error")")
            } catch {
                guard let expected = row["o"]?.string else { continue }
                refused.append(template)
                #expect(error.kind == .unsupported, "\(template) fails: \(error), and should print \(expected)")
            }
        }
        #expect(printed > 1_500)
        #expect(refused.count * 50 < rows.count, "of \(rows.count): \(refused.joined(separator: "\n"))")
    }
}
