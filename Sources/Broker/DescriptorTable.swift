/// Values by the descriptors that they belong to: the system gives out the least number that is free, so that few places
/// are empty.
struct DescriptorTable<Value> {
  private var values: [Value?] = []

  /// - Precondition: a descriptor is not negative.
  subscript(descriptor: Int32) -> Value? {
    get {
      let place = Int(descriptor)
      return place < values.count ? values[place] : nil
    }
    set {
      let place = Int(descriptor)
      if place >= values.count { values += repeatElement(nil, count: place + 1 - values.count) }
      values[place] = newValue
    }
  }
}
