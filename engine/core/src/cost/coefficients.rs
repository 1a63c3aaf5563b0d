//! What each term of each class costs. Printed by the example `fit_cycles`, not written by hand: a non-negative least
//! squares fit of relative errors to `data/random.csv` and `data/operators.csv`, whose first lines say on what board,
//! timing model and compiler they were gathered.

use super::Class;
use super::cycles::Coefficients;

#[allow(clippy::unreadable_literal, clippy::match_same_arms, reason = "a printed table")]
#[rustfmt::skip]
pub(super) const fn of(class: Class) -> Coefficients {
    match class {
        // calls, rows, blocks, block pairs, block rounds, singles, single pairs, single rounds, words widened, words widened by pixel, rounded, clamped
        Class::Pointwise => Coefficients {
            m7_millicycles: &[648441, 0, 57052, 60902, 32029, 0, 40264, 12861, 642, 4155, 1696, 10361],
            milli_instructions: &[0, 0, 63052, 76439, 31149, 108220, 40152, 14844, 5987, 9127, 2023, 21224],
        },
        // calls, rows, fields, field rows, words copied, bytes copied, bytes at an edge, bytes of padding, words widened, block pairs, block rounds, single pairs, single rounds, rounded, clamped
        Class::Im2col => Coefficients {
            m7_millicycles: &[327120, 77520, 130827, 0, 5750, 0, 6062, 2089, 0, 46227, 34752, 26864, 13031, 0, 10477],
            milli_instructions: &[128271, 0, 104116, 2273, 11818, 0, 10887, 3412, 0, 86988, 31866, 42438, 15004, 0, 19490],
        },
        // calls, pairs, rounds, words, rounded, clamped
        Class::Dense => Coefficients {
            m7_millicycles: &[151867, 42441, 13763, 5724, 2753, 10729],
            milli_instructions: &[57992, 30386, 15004, 6834, 2861, 23563],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S1 => Coefficients {
            m7_millicycles: &[0, 0, 120433, 46800, 9961, 2596, 31892, 0, 48017, 0, 9619, 0, 0, 1247, 7220],
            milli_instructions: &[0, 0, 217300, 52012, 6297, 10402, 16817, 0, 0, 19681, 10776, 0, 5, 452, 12199],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S2 => Coefficients {
            m7_millicycles: &[0, 2346, 87720, 46179, 16328, 23231, 0, 0, 0, 0, 0, 0, 1127, 0, 5685],
            milli_instructions: &[0, 2605, 111002, 52438, 11937, 21327, 0, 0, 0, 0, 177, 0, 2477, 0, 13463],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S1 => Coefficients {
            m7_millicycles: &[0, 0, 0, 99161, 40188, 7705, 17523, 0, 55986, 7606, 0, 37301, 3373, 2166, 9403],
            milli_instructions: &[81604, 0, 0, 118575, 35959, 8439, 17290, 0, 76057, 5711, 0, 48470, 4989, 1351, 17285],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S2 => Coefficients {
            m7_millicycles: &[0, 20250, 180503, 56909, 5440, 4355, 0, 0, 25583, 0, 4755, 2741, 0, 0, 10840],
            milli_instructions: &[0, 24294, 268486, 78222, 0, 6468, 0, 0, 0, 0, 1765, 0, 0, 0, 19069],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S1 => Coefficients {
            m7_millicycles: &[0, 6313, 0, 54999, 7789, 4165, 28213, 45327, 905, 25002, 0, 60844, 9812, 2848, 11081],
            milli_instructions: &[0, 5905, 8999, 72866, 6343, 5436, 38867, 37985, 0, 29369, 0, 69183, 13594, 2737, 19336],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S2 => Coefficients {
            m7_millicycles: &[0, 26227, 48130, 43956, 24418, 3528, 5685, 0, 0, 18520, 11972, 0, 17333, 2631, 10105],
            milli_instructions: &[0, 36536, 168415, 47724, 14880, 7049, 10882, 0, 0, 17279, 15136, 0, 18304, 1750, 18450],
        },
        // calls, rows, fours, codes one by one, clamped
        Class::AddPacked => Coefficients {
            m7_millicycles: &[589962, 0, 23443, 0, 11641],
            milli_instructions: &[320728, 0, 38350, 9122, 16355],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvPlain => Coefficients {
            m7_millicycles: &[1016468, 20430, 51434, 26929, 5262],
            milli_instructions: &[0, 26231, 76267, 32101, 5983],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvGrouped => Coefficients {
            m7_millicycles: &[438576, 40680, 62372, 33196, 5105],
            milli_instructions: &[0, 32536, 90829, 30999, 7060],
        },
        // calls, pixels, outputs, taps, products
        Class::DepthwisePlain => Coefficients {
            m7_millicycles: &[85818, 0, 84211, 14674, 13742],
            milli_instructions: &[526004, 17020, 87027, 12011, 17614],
        },
        // calls, pixels, outputs, taps, products
        Class::TransposeConv => Coefficients {
            m7_millicycles: &[0, 11081, 80860, 33917, 5218],
            milli_instructions: &[0, 11463, 100328, 30174, 7211],
        },
        // calls, outputs, products
        Class::DensePlain => Coefficients {
            m7_millicycles: &[85416, 43296, 5376],
            milli_instructions: &[22221, 48991, 6000],
        },
        // calls, rows, codes
        Class::AddPlain => Coefficients {
            m7_millicycles: &[0, 0, 53584],
            milli_instructions: &[0, 0, 80226],
        },
        // calls, pixels, sums, products, extremes
        Class::Combine => Coefficients {
            m7_millicycles: &[205615, 20613, 61647, 32587, 7923],
            milli_instructions: &[75860, 20862, 96604, 45579, 11932],
        },
        // calls, rows, codes
        Class::Table => Coefficients {
            m7_millicycles: &[208310, 12119, 5009],
            milli_instructions: &[29040, 13049, 6000],
        },
        // calls, pixels, codes
        Class::Prelu => Coefficients {
            m7_millicycles: &[1005372, 1171, 24292],
            milli_instructions: &[387010, 9363, 38674],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::AveragePool => Coefficients {
            m7_millicycles: &[965771, 35767, 6637, 13087, 2924],
            milli_instructions: &[857753, 32766, 13784, 10520, 3419],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::MaxPool => Coefficients {
            m7_millicycles: &[0, 74393, 0, 0, 7884],
            milli_instructions: &[0, 23003, 0, 0, 9104],
        },
        // calls, outputs, inputs
        Class::Mean => Coefficients {
            m7_millicycles: &[55646, 23413, 2993],
            milli_instructions: &[0, 29254, 4243],
        },
        // calls, outputs, inputs
        Class::ReduceMax => Coefficients {
            m7_millicycles: &[233943, 64218, 4990],
            milli_instructions: &[89770, 81208, 7972],
        },
        // calls, rows, codes
        Class::Softmax => Coefficients {
            m7_millicycles: &[0, 2263990, 220960],
            milli_instructions: &[0, 2422856, 223200],
        },
        // calls, rows, codes
        Class::Requantise => Coefficients {
            m7_millicycles: &[43808, 0, 10493],
            milli_instructions: &[139792, 0, 14843],
        },
        // calls, pixels, nearest codes, bilinear codes
        Class::Resize => Coefficients {
            m7_millicycles: &[113407, 1345, 1255, 19628],
            milli_instructions: &[71947, 2986, 1261, 18617],
        },
        // calls, pixels, codes
        Class::Join => Coefficients {
            m7_millicycles: &[0, 0, 915],
            milli_instructions: &[0, 0, 1215],
        },
        // calls, rows, codes
        Class::Move => Coefficients {
            m7_millicycles: &[0, 66941, 3178],
            milli_instructions: &[0, 43765, 4091],
        },
    }
}
