/// Values by the descriptors that they belong to: the system gives out the least number that is free, so that few places
/// are empty.
package struct DescriptorTable<Value> {
  @usableFromInline var values: [Value?] = []

  package init() {}

  /// - Precondition: to set, a descriptor is not negative.
  @inlinable package subscript(descriptor: Int32) -> Value? {
    get {
      let place = Int(descriptor)
      return values.indices.contains(place) ? values[place] : nil
    }
    set {
      let place = Int(descriptor)
      if place >= values.count { values += repeatElement(nil, count: place + 1 - values.count) }
      values[place] = newValue
    }
  }
}
