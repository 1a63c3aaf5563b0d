//! The arithmetic, and the host run made from it. The only definition of what an int8 operator computes:
//! every schedule on every target gives these bytes. Knows nothing of schedules.

mod params;

pub use params::{
    AddParams, ConvParams, MeanParams, Multiplier, OpParams, PoolParams, RequantizeParams,
    SoftmaxParams,
};
