import Testing

@testable import Broker

@Test(arguments: [
  ("/a", "Dockerfile", "file:///a/Dockerfile"), ("/", "d", "file:///d"),
  ("/a b/é", "x#1%?.d", "file:///a%20b/%C3%A9/x%231%25%3F.d"),
])
func pathsBecomeFileURIs(directory: String, path: String, uri: String) {
  #expect(FileURI.text(directory: directory, path: path) == uri)
}
