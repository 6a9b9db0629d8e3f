import ProcessRuntime
import Testing

struct VariableExpansionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var text: String
        var expanded: String
        var testDescription: String { text }
    }

    static let rows = [
        Row(text: "plain", expanded: "plain"),
        Row(text: "$(A)", expanded: "1"),
        Row(text: "x$(A)y$(B)z", expanded: "x1y2z"),
        Row(text: "$(POD_NAME).$(NAMESPACE)", expanded: "$(POD_NAME).$(NAMESPACE)"),
        Row(text: "$$(A)", expanded: "$(A)"),
        Row(text: "$$$(A)", expanded: "$1"),
        Row(text: "$$$$(A)", expanded: "$$(A)"),
        Row(text: "$A ${A} $", expanded: "$A ${A} $"),
        Row(text: "$(A", expanded: "$(A"),
        Row(text: "$()", expanded: "$()"),
        Row(text: "ü$(A)é", expanded: "ü1é"),
        Row(text: "$(C)", expanded: "$(A)"),
    ]

    @Test(arguments: rows)
    func `expands as Kubernetes does`(row: Row) {
        #expect(VariableExpansion.expand(row.text, ["A": "1", "B": "2", "C": "$(A)"]) == row.expanded)
    }
}
