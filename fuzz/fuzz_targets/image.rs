//! Linked images: whatever the bytes, no panic, and no more memory than a chip has flash.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The readers alone, without the probes behind them.
#[allow(dead_code)]
#[path = "../../engine/board/src/image.rs"]
mod image;
#[allow(dead_code)]
#[path = "../../engine/board/src/protocol.rs"]
mod protocol;
mod error {
    /// As far as the readers make one.
    #[derive(Debug)]
    pub enum BoardError {
        Protocol { message: String },
    }
}
mod toolchain {
    /// What the readers tell of an image.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Architecture {
        Arm,
        RiscV,
    }
}

fuzz_target!(|bytes: &[u8]| {
    match image::load_blocks(bytes) {
        Ok(blocks) => assert!(blocks.iter().map(|block| block.1.len()).sum::<usize>() <= 64 << 20),
        Err(error::BoardError::Protocol { message }) => assert!(message.len() < 4096),
    }
    if let Ok(image) = image::read_image(bytes) {
        for address in [0, 1, u32::MAX] {
            image.function_at(address);
        }
    }
    // The same bytes as a report, taken as long as there is one.
    let mut buffer = bytes.to_vec();
    while let Ok(Some(frame)) = protocol::take_frame(&mut buffer) {
        let _ = protocol::hello(&frame);
        let _ = protocol::run_report(&frame, frame.sequence, 3, 8);
    }
});
