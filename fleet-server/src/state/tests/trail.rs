//! The audit trail as the writer keeps it: durable in time, without gaps that nobody sees, verified at the start.

use super::*;

#[tokio::test(start_paused = true)]
async fn tunnel_records_are_durable_within_a_tenth_of_a_second() {
    let (store, faults) = store::faulty();
    let server = Server::on(store).await;
    let mut head = server.state.audit_head();
    let start = *head.borrow();
    let asked = tokio::time::Instant::now();
    for n in 0..100 {
        server.state.record(opened(n));
    }
    // Paused time moves only while everybody waits for a timer, and here only the writer has one.
    head.wait_for(|seq| *seq == start + 100).await.unwrap();
    let took = asked.elapsed();
    assert!(took <= Duration::from_millis(50), "{took:?}");
    let server = server.crash(&faults).await;
    let trail = server.trail().await;
    check(&trail);
    assert_eq!(trail.iter().filter(|e| e.entry.action.as_str() == "tunnel.open").count(), 100);
    server.stop().await;
}

#[tokio::test]
async fn records_lost_to_a_full_disk_leave_a_gap_record() {
    let (store, faults) = store::faulty();
    let server = Server::on(store).await;
    faults.full(1);
    for n in 0..3 {
        server.state.record(opened(n));
    }
    let mut health = server.state.published.health.subscribe();
    health.wait_for(|health| *health == Health::Full).await.unwrap();
    server.token(1).await;
    let trail = server.trail().await;
    check(&trail);
    let gap = trail.iter().find(|e| e.entry.action.as_str() == "audit.dropped").unwrap();
    assert_eq!(gap.entry.data.get("records"), Some(&3u64.into()));
    server.stop().await;
}

#[tokio::test]
async fn a_flood_of_tunnels_waits_for_the_trail_and_loses_no_record() {
    let server = Server::on(store::memory()).await;
    let flood = 2 * RECORD_QUEUE as u64;
    for n in 0..flood {
        server.state.room().await.unwrap();
        server.state.record(opened(n));
    }
    let mut head = server.state.audit_head();
    head.wait_for(|head| *head >= flood).await.unwrap();
    let trail = server.trail().await;
    check(&trail);
    let count = |action| trail.iter().filter(|e| e.entry.action.as_str() == action).count() as u64;
    assert_eq!((count("tunnel.open"), count("audit.dropped")), (flood, 0));
    server.stop().await;
}

#[tokio::test]
async fn records_that_find_no_room_leave_a_gap_record() {
    let server = Server::on(store::memory()).await;
    // The writer does not run before this test awaits: the queue fills.
    for n in 0..RECORD_QUEUE as u64 + 7 {
        server.state.record(opened(n));
    }
    let state = server.state.clone();
    let (thread, shutdown) = (server.thread.clone(), server.shutdown.clone());
    shutdown.finish(Duration::from_secs(10)).await;
    let page = state
        .audit(Query {
            action: Some("audit.dropped".into()),
            limit: 10,
            backwards: true,
            ..Query::default()
        })
        .await
        .unwrap();
    let (mut events, mut next) = (page.events, page.next);
    while let Some(after) = next {
        let query = Query {
            action: Some("audit.dropped".into()),
            limit: 10,
            backwards: true,
            after: Some(after),
            ..Query::default()
        };
        let page = state.audit(query).await.unwrap();
        events.extend(page.events);
        next = page.next;
    }
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].entry.data.get("records"), Some(&7u64.into()));
    assert_eq!(*state.audit_head().borrow(), 2 + RECORD_QUEUE as u64 + 1);
    drop(thread);
}

#[tokio::test]
async fn what_is_queued_at_shutdown_is_stored_and_the_rest_is_refused() {
    let image = store::Image::default();
    let server = Server::on(image.open()).await;
    server.state.record(opened(1));
    let state = server.state.clone();
    server.stop().await;
    let refusal = state.apply(enrol(1)).await.unwrap_err();
    assert_eq!(
        (refusal.code, refusal.message.as_str()),
        (RefusalCode::Server, "the server is stopping")
    );
    let server = Server::on(image.open()).await;
    assert!(server.trail().await.iter().any(|e| e.entry.action.as_str() == "tunnel.open"));
    server.stop().await;
}

#[tokio::test]
async fn the_trail_is_paged_filtered_and_read_backwards() {
    let server = Server::on(store::memory()).await;
    for n in 0..1200 {
        server.clock.0.store(n * 60_000, Relaxed);
        let entry = if n % 3 == 0 { opened(n).result(AuditResult::Denied) } else { opened(n) };
        let action =
            ["tunnel.denied", "tunnel.open", "node.connect"][usize::try_from(n % 3).unwrap()];
        server.state.apply(Op::Record(Entry { action: action.into(), ..entry })).await.unwrap();
    }
    let ask = async |query: Query| server.state.audit(query).await.unwrap();
    let page = ask(Query { limit: 5, backwards: true, ..Query::default() }).await;
    let seqs: Vec<_> = page.events.iter().map(|e| e.seq).collect();
    assert_eq!(seqs, [1202, 1201, 1200, 1199, 1198]);
    assert_eq!((page.next, page.head, page.scanned), (Some(1198), 1202, 5));
    let page = ask(Query { limit: 2, backwards: true, after: Some(3), ..Query::default() }).await;
    assert_eq!(page.events.iter().map(|e| e.seq).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(page.next, None);
    let (mut denied, mut after) = (0, None);
    loop {
        let action = Some("*.denied".into());
        let page = ask(Query { limit: 150, after, action, ..Query::default() }).await;
        assert!(page.events.iter().all(|e| e.entry.result == AuditResult::Denied));
        denied += page.events.len();
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(denied, 400);
    let since = Some(UnixMs(1_800_000_000_000 + 1190 * 60_000));
    let page = ask(Query { limit: 200, backwards: true, since, ..Query::default() }).await;
    assert_eq!(page.events.len(), 10);
    assert!(page.scanned < 100, "{}", page.scanned);
    let until = Some(UnixMs(1_800_000_000_000 + 4 * 60_000));
    let page =
        ask(Query { limit: 200, until, action: Some("tunnel.".into()), ..Query::default() }).await;
    assert_eq!(page.events.len(), 4);
    assert_eq!(server.state.audit_event(7).await.unwrap().unwrap().seq, 7);
    assert_eq!(server.state.audit_event(9999).await.unwrap(), None);
    server.stop().await;
}

#[tokio::test]
async fn a_changed_cut_or_longer_trail_stops_the_start_by_its_number() {
    let image = store::Image::default();
    let server = Server::on(image.open()).await;
    for n in 0..8 {
        server.state.apply(Op::Record(opened(n))).await.unwrap();
    }
    server.stop().await;
    let spoil = |write: store::Write| {
        let mut store = image.open();
        let batch = store::Batch { writes: vec![write], ..store::Batch::default() };
        store.commit(&[batch], store::Durability::Durable).unwrap().remove(0).unwrap();
    };
    let key = |seq: u64| seq.to_be_bytes().to_vec();
    let value = |seq: u64| image.open().get(Tree::Audit, &key(seq)).unwrap().unwrap();
    let put = |seq: u64, value: Vec<u8>| store::Write::Put(Tree::Audit, key(seq), value);
    let bad = async || match Server::try_on(image.open()).await {
        Err(OpenError::Audit { seq }) => seq,
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("it started"),
    };
    let (five, ten) = (value(5), value(10));
    spoil(put(5, value(4)));
    assert_eq!(bad().await, 5);
    spoil(put(5, five));
    spoil(store::Write::Delete(Tree::Audit, key(10)));
    assert_eq!(bad().await, 10);
    spoil(put(10, ten.clone()));
    spoil(put(11, ten));
    assert_eq!(bad().await, 11);
    spoil(store::Write::Delete(Tree::Audit, key(11)));
    Server::on(image.open()).await.stop().await;
}
