import ChatTemplates
import JSONValues
import Testing

/// Templates that would take too long, print too much or go too deep end with one clear error.
@Suite struct TemplateLimitTests {
    static let hostile = [
        "{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(s='xxxxxxxx') %}{% for i in range(60) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}",
        "{{ 'x' * 100000000000 }}", "{{ [1] * 100000000000 }}", "{{ 'x'.center(100000000000) }}",
        "{{ range(1000000000) }}", "{{ ('x' * 1000000).replace('x', 'y' * 1000000) }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "{{ 'x'|center(9000000000000000000) }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(60) %}"
            + "{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l|tojson }}",
        "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(60) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
        "{{ " + String(repeating: "(", count: 50_000) + "1" + String(repeating: ")", count: 50_000) + "}}",
        "{{ " + String(repeating: "not ", count: 100_000) + "x }}",
        "{{ " + String(repeating: "-", count: 100_000) + "1 }}", String(repeating: "{% if x %}", count: 100_000),
        "{{ x" + String(repeating: "[0", count: 50_000) + String(repeating: "]", count: 50_000) + "}}",
        "{{ x" + String(repeating: ".a", count: 50_000) + "}}", "{{ 1" + String(repeating: "+1", count: 50_000) + "}}",
        "{{ 1" + String(repeating: " or 1", count: 50_000) + "}}",
        "{{ x" + String(repeating: "|abs", count: 50_000) + "}}",
        "{{ 1" + String(repeating: " if 1 else 1", count: 100_000) + " }}",
    ]

    @Test(arguments: hostile) func `a hostile template ends with an error of a limit`(template: String) {
        var limits = TemplateLimits()
        limits.stepsMax = 300_000
        let error = #expect(throws: TemplateError.self) {
            try ChatTemplate(template).render(JSONObject(), limits: limits)
        }
        #expect(error?.kind == .limit, "\(error?.description ?? "")")
    }

    @Test func `a limit of steps is met exactly`() throws {
        var limits = TemplateLimits()
        let template = try ChatTemplate("{{ 1 }}")
        limits.stepsMax = 3
        #expect(try template.render(JSONObject(), limits: limits) == Array("1".utf8))
        limits.stepsMax = 2
        #expect(throws: TemplateError.self) { try template.render(JSONObject(), limits: limits) }
    }

    @Test func `an error says the line of the template`() {
        let error = #expect(throws: TemplateError.self) {
            try ChatTemplate("a\n{% set x = 1 %}\n\n{{ missing.x }}").render(JSONObject())
        }
        #expect(error == TemplateError(.failed, "'missing' is undefined", line: 4))
    }
}
