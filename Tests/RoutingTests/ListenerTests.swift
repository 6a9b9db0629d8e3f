import Routing
import Testing

struct ListenerTests {
    static func id(_ name: String, gateway: String = "g") -> ListenerID {
        ListenerID(gateway: ObjectName(namespace: "dev", name: gateway), name: name)
    }

    @Test(
        arguments: [
            ("a.example", "a.example", true), ("A.Example", "a.example", true), ("a.example", "b.example", false),
            ("*.example", "a.example", true), ("*.example", "a.b.example", true), ("*.example", "example", false),
            ("*.example", "aexample", false),
        ] as [(String, String, Bool)])
    func `a hostname holds`(name: String, host: String, isSo: Bool) throws {
        #expect(try #require(Hostname(name)).holds(for: host) == isSo)
    }

    @Test func `a Host field is a name without its port, in small letters`() {
        #expect(Hostname.name(inHostField: "A.Example:8080") == "a.example")
        #expect(Hostname.name(inHostField: "[::1]:8080") == "[::1]")
        #expect(Hostname.name(inHostField: "") == "")
        #expect(Hostname("") == nil)
    }

    @Test(
        arguments: [
            ("a.example", "*.example", true), ("*.b.example", "*.example", true), ("example", "*.example", false),
            ("*.example", "*.other", false), ("a.example", "a.example", true),
        ] as [(String, String, Bool)])
    func `names meet`(first: String, second: String, isSo: Bool) throws {
        let (left, right) = (try #require(Hostname(first)), try #require(Hostname(second)))
        #expect(left.meets(right) == isSo)
        #expect(right.meets(left) == isSo)
    }

    @Test func `an exact name comes before the longest wildcard, and that before no name`() {
        let listeners = [
            Listener(id: Self.id("any"), port: 80),
            Listener(id: Self.id("short"), port: 80, hostname: Hostname("*.example")),
            Listener(id: Self.id("long"), port: 80, hostname: Hostname("*.b.example")),
            Listener(id: Self.id("exact"), port: 80, hostname: Hostname("a.b.example")),
            Listener(id: Self.id("named"), port: 81, hostname: Hostname("a.example")),
        ]
        let table = ListenerTable(listeners.shuffled())
        #expect(table.ports == [80, 81])
        let rows: [(Int, String, String?)] = [
            (80, "a.b.example:80", "exact"), (80, "c.b.example", "long"), (80, "c.d.b.example", "long"),
            (80, "b.example", "short"), (80, "example", "any"), (80, "", "any"), (81, "a.example", "named"),
            (81, "b.example", nil), (82, "a.example", nil),
        ]
        for (port, host, name) in rows {
            #expect(table.listener(port: port, hostField: host)?.name == name, "\(host) on \(port)")
        }
    }
}
