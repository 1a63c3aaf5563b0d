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
            m7_millicycles: &[5083, 0, 52132, 64498, 29785, 47022, 38848, 9978, 3165, 6786, 2772, 12056],
            milli_instructions: &[0, 0, 63107, 76438, 31149, 108006, 40165, 14844, 5988, 9127, 2023, 21224],
        },
        // calls, rows, fields, field rows, words copied, bytes copied, bytes at an edge, bytes of padding, words widened, block pairs, block rounds, single pairs, single rounds, rounded, clamped
        Class::Im2col => Coefficients {
            m7_millicycles: &[626809, 44788, 119350, 0, 10174, 0, 7834, 2898, 0, 78102, 30315, 47951, 10009, 0, 11192],
            milli_instructions: &[129373, 0, 104116, 2273, 11818, 0, 10887, 3412, 0, 86987, 31866, 42439, 15004, 0, 19490],
        },
        // calls, pairs, rounds, words, rounded, clamped
        Class::Dense => Coefficients {
            m7_millicycles: &[97432, 28619, 10051, 3075, 3628, 15870],
            milli_instructions: &[58750, 30409, 15004, 6819, 2859, 23560],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S1 => Coefficients {
            m7_millicycles: &[0, 0, 188854, 43124, 5281, 5480, 23284, 0, 50307, 0, 9767, 0, 0, 1223, 7180],
            milli_instructions: &[0, 0, 217269, 52031, 6297, 10400, 16834, 0, 0, 19678, 10775, 0, 5, 452, 12198],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes3S2 => Coefficients {
            m7_millicycles: &[0, 2998, 91581, 42994, 15669, 18830, 0, 0, 0, 0, 686, 0, 2141, 0, 8040],
            milli_instructions: &[0, 2609, 111004, 52439, 11938, 21324, 0, 0, 0, 0, 175, 0, 2475, 0, 13463],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S1 => Coefficients {
            m7_millicycles: &[0, 0, 0, 115026, 46848, 10941, 9608, 0, 74190, 365, 0, 37800, 4370, 2455, 11221],
            milli_instructions: &[82778, 0, 0, 118580, 35961, 8440, 17288, 0, 76064, 5709, 0, 48470, 4988, 1351, 17285],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes5S2 => Coefficients {
            m7_millicycles: &[0, 19789, 225546, 60860, 0, 5084, 0, 0, 0, 2156, 3146, 0, 0, 0, 12986],
            milli_instructions: &[0, 24293, 268491, 78223, 0, 6468, 0, 0, 0, 0, 1765, 0, 0, 0, 19069],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S1 => Coefficients {
            m7_millicycles: &[0, 4749, 0, 62237, 7246, 4333, 32058, 33346, 0, 25218, 0, 61856, 12007, 3115, 11654],
            milli_instructions: &[0, 5908, 9060, 72861, 6348, 5436, 38867, 37974, 0, 29369, 0, 69185, 13593, 2737, 19336],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, clamped
        Class::Planes7S2 => Coefficients {
            m7_millicycles: &[0, 32183, 141263, 43439, 18136, 5727, 4586, 0, 0, 13759, 10910, 0, 14596, 3113, 11472],
            milli_instructions: &[0, 36537, 168399, 47727, 14880, 7049, 10885, 0, 0, 17278, 15136, 0, 18304, 1749, 18450],
        },
        // calls, rows, fours, codes one by one, clamped
        Class::AddPacked => Coefficients {
            m7_millicycles: &[689863, 0, 21936, 0, 12584],
            milli_instructions: &[369074, 0, 38199, 15871, 16340],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvPlain => Coefficients {
            m7_millicycles: &[0, 30024, 75040, 35350, 5024],
            milli_instructions: &[0, 25853, 84197, 34181, 5984],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvGrouped => Coefficients {
            m7_millicycles: &[33160, 39141, 74663, 36414, 5083],
            milli_instructions: &[0, 32543, 90830, 30998, 7060],
        },
        // calls, pixels, outputs, taps, products
        Class::DepthwisePlain => Coefficients {
            m7_millicycles: &[9828, 0, 94748, 15951, 17977],
            milli_instructions: &[527004, 17020, 87027, 12011, 17614],
        },
        // calls, pixels, outputs, taps, products
        Class::TransposeConv => Coefficients {
            m7_millicycles: &[0, 11808, 96287, 36331, 5230],
            milli_instructions: &[0, 11470, 100327, 30174, 7211],
        },
        // calls, outputs, products
        Class::DensePlain => Coefficients {
            m7_millicycles: &[27635, 35387, 5002],
            milli_instructions: &[25461, 43025, 6000],
        },
        // calls, rows, codes
        Class::AddPlain => Coefficients {
            m7_millicycles: &[0, 0, 58776],
            milli_instructions: &[0, 0, 80227],
        },
        // calls, pixels, sums, products, extremes
        Class::Combine => Coefficients {
            m7_millicycles: &[98812, 22830, 72962, 37653, 8933],
            milli_instructions: &[76383, 20868, 96604, 45579, 11932],
        },
        // calls, rows, codes
        Class::Table => Coefficients {
            m7_millicycles: &[41546, 13820, 5003],
            milli_instructions: &[29997, 13001, 6000],
        },
        // calls, pixels, codes
        Class::Prelu => Coefficients {
            m7_millicycles: &[828659, 1584, 29060],
            milli_instructions: &[387295, 9364, 38674],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::AveragePool => Coefficients {
            m7_millicycles: &[912037, 32845, 8219, 13246, 2696],
            milli_instructions: &[818377, 44946, 17904, 8295, 3566],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::MaxPool => Coefficients {
            m7_millicycles: &[0, 2029, 0, 0, 8392],
            milli_instructions: &[0, 0, 0, 0, 9201],
        },
        // calls, outputs, inputs
        Class::Mean => Coefficients {
            m7_millicycles: &[0, 24305, 2998],
            milli_instructions: &[0, 29511, 4131],
        },
        // calls, outputs, inputs
        Class::ReduceMax => Coefficients {
            m7_millicycles: &[112103, 75198, 4977],
            milli_instructions: &[90079, 81219, 7971],
        },
        // calls, rows, codes
        Class::Softmax => Coefficients {
            m7_millicycles: &[0, 2107833, 237081],
            milli_instructions: &[0, 2419301, 223294],
        },
        // calls, rows, codes
        Class::Requantise => Coefficients {
            m7_millicycles: &[65752, 0, 12064],
            milli_instructions: &[120614, 0, 14934],
        },
        // calls, pixels, nearest codes, bilinear codes
        Class::Resize => Coefficients {
            m7_millicycles: &[150054, 1064, 1381, 21579],
            milli_instructions: &[110915, 2605, 1258, 18621],
        },
        // calls, pixels, codes
        Class::Join => Coefficients {
            m7_millicycles: &[0, 0, 1065],
            milli_instructions: &[0, 0, 1216],
        },
        // calls, rows, codes
        Class::Move => Coefficients {
            m7_millicycles: &[0, 69939, 3137],
            milli_instructions: &[0, 43853, 4091],
        },
    }
}
