#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

//! Orders of computation, against every topological order.

use crate::memory::order::{Node, OrderError, OrderLimits, order};
use proptest::prelude::*;

/// Most bytes live at once, counted afresh at every step.
fn peak(nodes: &[Node], order: &[usize]) -> usize {
    let all: Vec<usize> = (0..nodes.len()).filter(|&n| nodes[n].is_given).collect();
    let (start, all) = (all.len(), [all, order.to_vec()].concat());
    let at = |node: usize| all.iter().position(|&n| n == node).unwrap();
    let until = |node: usize| {
        let readers = (0..nodes.len()).filter(|&r| nodes[r].inputs.contains(&node));
        let last = readers.map(at).max().filter(|_| !nodes[node].is_kept);
        last.unwrap_or(all.len())
    };
    let live = |step: usize| -> usize {
        let known = all[..step].iter().filter(|&&n| until(n) >= step);
        known.map(|&n| nodes[n].bytes).sum()
    };
    let steps = (start..all.len()).map(|step| {
        let node = &nodes[all[step]];
        let shared = node.in_place.filter(|&u| until(u) == step);
        let shared = shared.map_or(0, |u| nodes[u].bytes.min(node.bytes));
        live(step) + node.bytes + node.scratch_bytes - shared
    });
    steps.chain([live(start)]).max().unwrap()
}

/// The least peak of all topological orders.
fn optimum(nodes: &[Node]) -> usize {
    fn go(nodes: &[Node], order: &mut Vec<usize>, best: &mut usize) {
        let done = |n: usize, order: &[usize]| nodes[n].is_given || order.contains(&n);
        let next: Vec<usize> = (0..nodes.len())
            .filter(|&n| !done(n, order) && nodes[n].inputs.iter().all(|&i| done(i, order)))
            .collect();
        if next.is_empty() {
            *best = (*best).min(peak(nodes, order));
        }
        for node in next {
            order.push(node);
            go(nodes, order, best);
            order.pop();
        }
    }
    let mut best = usize::MAX;
    go(nodes, &mut Vec::new(), &mut best);
    best
}

/// Graphs of up to seven nodes, numbered against the edges' direction as often as along it.
fn graph() -> impl Strategy<Value = Vec<Node>> {
    let node = (
        0_usize..20,
        0_usize..4,
        any::<[bool; 6]>(),
        any::<[u8; 2]>(),
    );
    (prop::collection::vec(node, 1..8), any::<bool>()).prop_map(|(parts, reverse)| {
        let count = parts.len();
        let number = |n: usize| if reverse { count - 1 - n } else { n };
        let mut nodes = vec![Node::default(); count];
        for (index, (bytes, scratch_bytes, reads, [place, flags])) in parts.into_iter().enumerate()
        {
            let inputs = (0..index.min(6)).filter(|&i| reads[i]);
            let inputs: Vec<usize> = inputs.map(number).collect();
            let in_place = inputs.get(usize::from(place) % 8).copied();
            nodes[number(index)] = Node {
                bytes,
                scratch_bytes,
                in_place,
                is_given: inputs.is_empty() && flags % 2 == 0,
                is_kept: flags % 8 > 5,
                inputs,
            };
        }
        nodes
    })
}

proptest! {
    #[test]
    fn small_graphs_get_the_least_of_all_topological_orders(nodes in graph()) {
        let found = order(&nodes, &OrderLimits::default()).unwrap();
        prop_assert_eq!(found.peak_bytes, optimum(&nodes));
        prop_assert_eq!(peak(&nodes, &found.nodes), found.peak_bytes);
        prop_assert!(found.is_lowest());
    }

    #[test]
    fn the_beam_gives_an_order_and_counts_it_rightly(nodes in graph(), beam in 1_usize..4) {
        let found = order(&nodes, &OrderLimits { sets: 0, beam }).unwrap();
        let best = optimum(&nodes);
        prop_assert_eq!(peak(&nodes, &found.nodes), found.peak_bytes);
        prop_assert!(found.lower_bound <= best && best <= found.peak_bytes);
        prop_assert_eq!(found.nodes.len(), nodes.iter().filter(|n| !n.is_given).count());
    }
}

fn reading(bytes: usize, inputs: &[usize]) -> Node {
    Node {
        bytes,
        inputs: inputs.to_vec(),
        ..Node::default()
    }
}

#[test]
fn the_branch_that_shrinks_goes_first() {
    // From 10 bytes, one branch by way of 30 to 1, one by way of 20 to 15; both joined.
    let mut nodes = vec![reading(10, &[])];
    nodes[0].is_given = true;
    nodes.extend([
        reading(20, &[0]),
        reading(15, &[1]),
        reading(30, &[0]),
        reading(1, &[3]),
    ]);
    nodes.push(reading(4, &[2, 4]));
    let found = order(&nodes, &OrderLimits::default()).unwrap();
    assert_eq!(found.nodes, [3, 4, 1, 2, 5]);
    assert_eq!((found.peak_bytes, found.lower_bound), (41, 41));
}

#[test]
fn modules_in_a_row_are_ordered_exactly() {
    // Twenty modules of four branches of three nodes, after one another.
    let mut nodes = vec![reading(64, &[])];
    for _ in 0..20 {
        let before = nodes.len() - 1;
        let ends: Vec<usize> = (0..4).map(|branch| before + 3 * branch + 3).collect();
        for branch in 0..4 {
            let first = nodes.len();
            nodes.push(reading(100 + 10 * branch, &[before]));
            nodes.push(reading(200 + branch, &[first]));
            nodes.push(reading(1 + 5 * branch, &[first + 1]));
        }
        nodes.push(reading(64, &ends));
    }
    let found = order(&nodes, &OrderLimits::default()).unwrap();
    assert_eq!(peak(&nodes, &found.nodes), found.peak_bytes);
    // One module alone needs as much.
    let one = order(&nodes[..14], &OrderLimits::default()).unwrap();
    assert_eq!(found.lower_bound, one.peak_bytes);
    assert!(found.is_lowest() && one.is_lowest());
}

#[test]
fn what_is_no_graph_is_refused() {
    let cases = [
        (vec![reading(1, &[1]), reading(1, &[0])], OrderError::Cycle),
        (vec![reading(1, &[0])], OrderError::Cycle),
        (vec![reading(1, &[7])], OrderError::Input { node: 0 }),
        (
            vec![reading(usize::MAX, &[]), reading(1, &[])],
            OrderError::Overflow,
        ),
    ];
    for (nodes, error) in cases {
        assert_eq!(order(&nodes, &OrderLimits::default()), Err(error));
    }
    assert_eq!(
        order(&[], &OrderLimits::default()).map(|o| o.nodes),
        Ok(vec![])
    );
}
