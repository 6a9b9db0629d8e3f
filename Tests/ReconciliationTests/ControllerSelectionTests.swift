import Reconciliation
import Testing

@Suite struct ControllerSelectionTests {
    struct Row: Sendable {
        var text: String
        /// Of `serving`, its part `placing`, and `scaling`.
        var runs: [String]
    }

    static let rows: [Row] = [
        Row(text: "*", runs: ["serving", "placing", "scaling"]), Row(text: "serving", runs: ["serving", "placing"]),
        Row(text: "serving,-placing", runs: ["serving"]), Row(text: "*, -scaling", runs: ["serving", "placing"]),
        Row(text: "-serving,*", runs: ["placing", "scaling"]),
        Row(text: "scaling,placing", runs: ["placing", "scaling"]),
        Row(text: "-scaling", runs: []),
    ]

    @Test(arguments: rows) func `a list names who runs`(row: Row) throws {
        let selection = try ControllerSelection(row.text, known: ["serving", "placing", "scaling"])
        let whole = ["placing": "serving"]
        let runs = ["serving", "placing", "scaling"].filter { selection.includes($0, partOf: whole[$0]) }
        #expect(runs == row.runs)
    }

    @Test(arguments: ["", "nobody", "*,-nobody", "serving,,placing"])
    func `an unknown name is refused with those there are`(text: String) {
        let problem = #expect(throws: ControllerSelection.Problem.self) {
            try ControllerSelection(text, known: ["serving", "placing"])
        }
        #expect(problem?.description.contains("there are serving, placing, and *") == true)
    }
}
