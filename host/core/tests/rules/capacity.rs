//! How much may wait: what fits, whose part it is taken from, and when to look again.
use lifecycle::{Capacity, Demand, QueueFull};

/// For an event that is told to these endpoints, in one body of so many bytes.
fn demand(endpoints: &[&'static str], bytes: usize) -> Demand<&'static str> {
    Demand::new(endpoints.iter().copied(), 1, bytes)
}

/// With so many deliveries at an endpoint.
fn filled(
    mut capacity: Capacity<&'static str>,
    count: usize,
    bytes: usize,
) -> Capacity<&'static str> {
    for _ in 0..count {
        capacity.enter(&"a", bytes, bytes).unwrap();
    }
    capacity
}

#[test]
fn what_is_taken_is_counted() {
    let mut capacity = filled(Capacity::new(10, 100, 1), 3, 5);
    capacity.hold(7, 7).unwrap();
    capacity.hold(11, 11).unwrap();
    assert_eq!((capacity.deliveries(), capacity.bytes()), (3, 18));
    assert_eq!(capacity.max_deliveries(), 10);
    capacity.free(7);
    capacity.leave(&"a", 5);
    assert_eq!((capacity.deliveries(), capacity.bytes()), (2, 11));
}

#[test]
fn endpoints_that_come_make_the_parts_smaller() {
    let mut capacity = filled(Capacity::new(10, 100, 1), 5, 1);
    capacity.divide(2);
    let full = QueueFull::At {
        endpoint: "a",
        deliveries: 5,
    };
    assert_eq!(capacity.enter(&"a", 1, 1), Err(full));
    assert_eq!(capacity.enter(&"b", 1, 1), Ok(()));
}

#[test]
fn bodies_fit_up_to_the_bound_and_one_alone_always() {
    let mut capacity = Capacity::<&str>::new(10, 100, 1);
    assert_eq!(capacity.hold(500, 60), Ok(()), "a body alone");
    assert_eq!(capacity.hold(40, 40), Ok(()), "to the last byte");
    let full = QueueFull::Everywhere { deliveries: 0 };
    assert_eq!(capacity.hold(1, 1), Err(full));
    assert_eq!(capacity.bytes(), 100);
    // What is expected decides, and what it has become is counted.
    capacity.free(40);
    assert_eq!(capacity.hold(40, 45), Ok(()));
    assert_eq!(capacity.bytes(), 105);
}

#[test]
fn an_event_fits_where_each_of_its_deliveries_does() {
    let capacity = filled(Capacity::new(10, 100, 2), 4, 5);
    assert!(capacity.fits(&demand(&["a", "b"], 1)));
    assert!(
        !capacity.fits(&demand(&["a", "a"], 1)),
        "the part of an endpoint"
    );
    assert!(capacity.fits(&demand(&["b", "b", "b", "b", "b"], 1)));
    assert!(!capacity.fits(&demand(&["a"], 31)), "its bytes");
    assert!(capacity.fits(&demand(&["a"], 30)));
    let many = ["b", "b", "b", "b", "b", "c", "c"];
    assert!(!capacity.fits(&demand(&many, 1)), "the whole");
}

#[test]
fn an_event_that_can_never_fit_goes_when_all_is_free() {
    let mut capacity = filled(Capacity::new(4, 10, 1), 1, 1);
    let much = demand(&["a"; 6], 50);
    assert!(!capacity.fits(&much));
    capacity.leave(&"a", 1);
    assert!(capacity.fits(&much));
}

/// Of each bound that something is given back of: a sixteenth.
#[test]
fn whoever_waits_looks_again_at_each_sixteenth() {
    // 160 in all, and as many for the one endpoint: ten are a piece.
    let mut capacity = filled(Capacity::new(160, 1_000_000, 1), 100, 1);
    let good: Vec<_> = (0..100).filter(|_| capacity.leave(&"a", 1)).collect();
    assert_eq!(good, [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
    // 16 for each of ten endpoints: each one that leaves is a piece of its part.
    let mut capacity = filled(Capacity::new(160, 1_000_000, 10), 10, 1);
    assert_eq!((0..10).filter(|_| capacity.leave(&"a", 1)).count(), 10);
    // 1,600 bytes for each endpoint, and a hundred are a piece.
    let mut capacity = filled(Capacity::new(16_000, 1_600, 1), 100, 10);
    let good: Vec<_> = (0..100).filter(|_| capacity.leave(&"a", 10)).collect();
    assert_eq!(good, [9, 19, 29, 39, 49, 59, 69, 79, 89, 99]);
    // As many bytes of bodies in all.
    let mut capacity = Capacity::<&str>::new(10, 1_600, 1);
    for _ in 0..30 {
        capacity.hold(10, 10).unwrap();
    }
    let good: Vec<_> = (0..30).filter(|_| capacity.free(10)).collect();
    assert_eq!(good, [9, 19, 29]);
}

#[test]
fn all_of_it_counts_where_an_endpoint_has_little() {
    // Eight of all are a piece, and four of each part.
    let mut capacity = filled(Capacity::new(128, 1_000_000, 2), 6, 1);
    for _ in 0..3 {
        capacity.enter(&"b", 1, 1).unwrap();
    }
    assert!(capacity.leave(&"b", 1), "nine to eight, three to two");
    assert!(!capacity.leave(&"b", 1), "eight to seven, two to one");
    assert!(!capacity.leave(&"a", 1), "seven to six, six to five");
    assert!(capacity.leave(&"a", 1), "six to five, five to four");
}
