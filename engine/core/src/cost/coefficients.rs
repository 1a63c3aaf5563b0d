//! What each term of each class costs. Printed by the example `fit_cycles`, not written by hand: a non-negative least
//! squares fit of relative errors to `data/random.csv`, whose first line says on what board, timing model and
//! compiler it was gathered.

use super::Class;
use super::cycles::Coefficients;

#[allow(clippy::unreadable_literal, clippy::match_same_arms, reason = "a printed table")]
#[rustfmt::skip]
pub(super) const fn of(class: Class) -> Coefficients {
    match class {
        // calls, rows, blocks, block pairs, block rounds, singles, single pairs, single rounds, words widened, words widened by pixel, rounded, clamped
        Class::Pointwise => Coefficients {
            m7_millicycles: &[67507, 57124, 65551, 65020, 29625, 18452, 32143, 10262, 3081, 6922, 2677, 12389],
            milli_instructions: &[74412, 48226, 72315, 76126, 31053, 16418, 38497, 15253, 6146, 9377, 2008, 20732],
        },
        // calls, rows, fields, field rows, words copied, bytes copied, bytes at an edge, bytes of padding, words widened, block pairs, block rounds, single pairs, single rounds, rounded, clamped
        Class::Im2col => Coefficients {
            m7_millicycles: &[3350120, 214557, 130700, 0, 7035, 5150, 10630, 0, 0, 72786, 30588, 23661, 10114, 0, 7929],
            milli_instructions: &[3070558, 0, 122365, 0, 8675, 7329, 13909, 56, 0, 79939, 31944, 27846, 14981, 0, 15648],
        },
        // calls, pairs, rounds, words, rounded, clamped
        Class::Dense => Coefficients {
            m7_millicycles: &[0, 32726, 9959, 6685, 2173, 16743],
            milli_instructions: &[0, 32040, 15025, 8436, 1752, 23610],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S1 => Coefficients {
            m7_millicycles: &[0, 8429, 0, 32509, 0, 0, 39485, 53568, 0, 18796, 8820, 0, 3448, 0, 7463],
            milli_instructions: &[0, 8968, 0, 41299, 0, 3092, 39915, 59262, 64286, 0, 9086, 0, 3060, 0, 13168],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S2 => Coefficients {
            m7_millicycles: &[1594394, 2663, 23942, 46386, 10569, 4940, 34416, 0, 0, 0, 0, 0, 0, 1733, 0],
            milli_instructions: &[2387292, 0, 70234, 57420, 9492, 6532, 0, 0, 0, 0, 0, 0, 0, 725, 0],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S1 => Coefficients {
            m7_millicycles: &[0, 8939, 197279, 66208, 14964, 9699, 0, 0, 97997, 110, 0, 25318, 2213, 5766, 9155],
            milli_instructions: &[0, 9418, 263774, 71593, 11806, 9256, 0, 0, 105136, 2954, 0, 33921, 1618, 4475, 15456],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S2 => Coefficients {
            m7_millicycles: &[0, 18221, 126136, 72257, 17424, 6289, 15350, 0, 0, 0, 722, 0, 15085, 0, 8175],
            milli_instructions: &[0, 15419, 28184, 92589, 18812, 3506, 60971, 20163, 0, 0, 0, 2497, 16148, 0, 13506],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S1 => Coefficients {
            m7_millicycles: &[0, 7682, 127395, 34340, 24789, 0, 0, 34430, 19381, 27574, 10283, 34769, 0, 4333, 11259],
            milli_instructions: &[0, 8267, 144079, 39185, 26923, 0, 0, 56719, 0, 34974, 17887, 15458, 5272, 4443, 19730],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S2 => Coefficients {
            m7_millicycles: &[4505672, 11173, 0, 64695, 23491, 1602, 15819, 0, 0, 15570, 0, 87161, 2051, 0, 0],
            milli_instructions: &[6354390, 8544, 0, 74358, 28999, 2415, 20032, 0, 0, 19736, 14096, 47286, 10213, 0, 0],
        },
        // calls, rows, fours, codes one by one, clamped
        Class::AddPacked => Coefficients {
            m7_millicycles: &[429532, 10415, 22396, 15718, 12831],
            milli_instructions: &[199053, 19665, 38861, 22290, 16679],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvPlain => Coefficients {
            m7_millicycles: &[205711, 53452, 74356, 35382, 5020],
            milli_instructions: &[0, 36473, 85084, 33666, 5968],
        },
        // calls, pixels, outputs, taps, products
        Class::DepthwisePlain => Coefficients {
            m7_millicycles: &[0, 0, 99068, 17847, 15423],
            milli_instructions: &[0, 0, 89232, 12993, 16362],
        },
        // calls, outputs, products
        Class::DensePlain => Coefficients {
            m7_millicycles: &[38198, 35644, 5000],
            milli_instructions: &[29012, 42984, 6000],
        },
        // calls, rows, codes
        Class::AddPlain => Coefficients {
            m7_millicycles: &[5037712, 0, 66788],
            milli_instructions: &[4245849, 0, 86561],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::AveragePool => Coefficients {
            m7_millicycles: &[0, 101822, 4693, 11520, 3466],
            milli_instructions: &[0, 134396, 21678, 1755, 5179],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::MaxPool => Coefficients {
            m7_millicycles: &[0, 0, 0, 0, 7767],
            milli_instructions: &[0, 0, 0, 0, 9574],
        },
        // calls, outputs, inputs
        Class::Mean => Coefficients {
            m7_millicycles: &[24974, 23352, 3000],
            milli_instructions: &[0, 32263, 3994],
        },
        // calls, rows, codes
        Class::Softmax => Coefficients {
            m7_millicycles: &[0, 108530, 287078],
            milli_instructions: &[0, 118375, 277027],
        },
        // calls, rows, codes (assumed: no sample)
        Class::Requantise => Coefficients {
            m7_millicycles: &[0, 0, 20000],
            milli_instructions: &[0, 0, 20000],
        },
        // calls, rows, codes (assumed: no sample)
        Class::Move => Coefficients {
            m7_millicycles: &[0, 0, 4000],
            milli_instructions: &[0, 0, 4000],
        },
    }
}
