@testable import Gateway
import Testing

struct SessionNameTests {
    @Test(arguments: [
        ("sid=one", "one"), ("a=b; sid=two; c=d", "two"), ("sid = three ", "three"), ("xsid=no; sid=", ""),
        ("a=b", nil), ("sid", nil), ("", nil),
    ])
    func `a cookie is found by its whole name`(field: String, value: String?) {
        #expect(SessionName.cookie("sid", in: field) == value)
    }

    @Test(arguments: [
        ("/v1/x?s=one", "one"), ("/v1/x?a=b&s=two&c=d", "two"), ("/v1/x?ss=no", nil), ("/v1/x", nil), ("/s=no", nil),
    ])
    func `a parameter is found by its whole name`(target: String, value: String?) {
        #expect(SessionName.query("s", in: target) == value)
    }
}
