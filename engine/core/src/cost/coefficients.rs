//! What each term of each class costs. Printed by the example `fit_cycles`, not written by hand: a non-negative least
//! squares fit of relative errors to `data/random.csv` and `data/operators.csv`, whose first lines say on what board,
//! timing model and compiler they were gathered.

use super::Class;
use super::cycles::Coefficients;

#[allow(clippy::unreadable_literal, clippy::match_same_arms, reason = "a printed table")]
#[rustfmt::skip]
pub(super) const fn of(class: Class) -> Coefficients {
    match class {
        // calls, rows, blocks, block pairs, block rounds, twos, two pairs, two rounds, ones, one pairs, one rounds, words widened, words widened by pixel, rounds streamed, rounded, exact, exact rounds
        Class::Pointwise => Coefficients {
            m7_millicycles: &[470645, 0, 97218, 28020, 18242, 61863, 60848, 8969, 22194, 32217, 7784, 2909, 9089, 1377, 7441, 51109, 14177],
            milli_instructions: &[0, 0, 101306, 44353, 28945, 0, 43318, 17276, 0, 31851, 11680, 5493, 11743, 92, 7093, 73873, 18522],
        },
        // calls, rows, fields, field rows, field rows with bytes left, words widened, bytes left, taps gathered, bytes gathered, words widened by field, block pairs, block rounds, two pairs, two rounds, one pairs, one rounds, rounds streamed, rounded, exact, exact rounds
        Class::Im2col => Coefficients {
            m7_millicycles: &[1173488, 219561, 44315, 3396, 4863, 5681, 843, 9406, 6070, 0, 26939, 19383, 18240, 11185, 4325, 8671, 686, 6873, 39360, 17263],
            milli_instructions: &[440145, 236370, 8518, 8302, 0, 10841, 6542, 4460, 11765, 0, 47750, 29219, 20051, 17730, 8770, 12250, 0, 7664, 69409, 19357],
        },
        // calls, pairs, rounds, words, rounded, exact, exact rounds
        Class::Dense => Coefficients {
            m7_millicycles: &[156430, 36845, 9738, 5889, 11038, 59223, 14808],
            milli_instructions: &[16765, 21057, 11933, 10520, 11128, 67015, 15844],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks3S1 => Coefficients {
            m7_millicycles: &[341727, 3166, 0, 0, 959, 13871, 0, 3454, 58561, 4796, 0, 0, 0, 12079, 5665, 2928, 13295],
            milli_instructions: &[67891, 4132, 0, 0, 1133, 15116, 0, 2360, 50709, 15068, 0, 3574, 0, 13432, 8198, 3176, 21800],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks3S2 => Coefficients {
            m7_millicycles: &[258813, 2195, 0, 17200, 19389, 80098, 10871, 0, 37854, 1763, 0, 0, 1487, 2234, 0, 2605, 10979],
            milli_instructions: &[238465, 2328, 0, 36868, 16891, 16090, 12857, 0, 19230, 766, 8370, 0, 720, 0, 8558, 3561, 20373],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks5S1 => Coefficients {
            m7_millicycles: &[229823, 2271, 0, 61349, 0, 118589, 12402, 232, 20886, 14671, 3939, 0, 3053, 0, 549, 3284, 12324],
            milli_instructions: &[9062, 2462, 0, 67831, 2526, 102090, 31000, 0, 0, 25566, 8510, 0, 3918, 1497, 2105, 3729, 20180],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks5S2 => Coefficients {
            m7_millicycles: &[1214558, 1670, 0, 42307, 7821, 0, 28659, 26275, 0, 8400, 2133, 0, 0, 5375, 19590, 3054, 13636],
            milli_instructions: &[2321216, 1069, 0, 0, 8128, 0, 18280, 0, 0, 46567, 0, 6601, 1139, 26658, 0, 4861, 22892],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks7S1 => Coefficients {
            m7_millicycles: &[0, 3539, 0, 0, 820, 149099, 21404, 0, 0, 32521, 0, 1618, 3245, 8026, 18771, 3253, 12403],
            milli_instructions: &[0, 3030, 0, 0, 1509, 121303, 47187, 0, 0, 42830, 0, 4616, 4150, 10582, 17286, 3883, 21469],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks7S2 => Coefficients {
            m7_millicycles: &[0, 3626, 0, 0, 1208, 74326, 0, 2588, 27132, 36418, 0, 0, 4108, 17844, 0, 3251, 11630],
            milli_instructions: &[0, 3175, 0, 0, 1625, 168658, 60345, 0, 0, 49369, 0, 3873, 6822, 2577, 0, 3893, 20252],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes3S1 => Coefficients {
            m7_millicycles: &[1848998, 1814, 47478, 86804, 11602, 9291, 0, 0, 0, 5728, 3897, 0, 1213, 3884, 17038],
            milli_instructions: &[1176715, 15551, 41211, 136288, 10817, 12118, 0, 0, 0, 0, 834, 0, 0, 4625, 28667],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes3S2 => Coefficients {
            m7_millicycles: &[0, 0, 0, 23919, 0, 21731, 101891, 0, 0, 12533, 8948, 0, 0, 2087, 15016],
            milli_instructions: &[0, 0, 27530, 48162, 0, 25765, 94714, 0, 0, 0, 9074, 0, 1080, 0, 24196],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes5S1 => Coefficients {
            m7_millicycles: &[0, 24984, 0, 56587, 34691, 0, 0, 14208, 56369, 9975, 0, 38225, 0, 5676, 0],
            milli_instructions: &[0, 26835, 0, 62602, 56047, 0, 0, 26216, 22986, 20798, 14415, 15394, 2298, 5790, 0],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes5S2 => Coefficients {
            m7_millicycles: &[0, 0, 0, 0, 343930, 487, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            milli_instructions: &[0, 0, 0, 0, 379002, 0, 0, 0, 0, 0, 0, 0, 3624, 0, 0],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes7S1 => Coefficients {
            m7_millicycles: &[0, 9495, 136787, 21673, 0, 4441, 27248, 0, 36034, 21511, 10749, 40250, 12648, 3920, 13274],
            milli_instructions: &[0, 6655, 180602, 31397, 0, 5813, 25667, 14894, 7331, 30572, 20110, 19822, 19894, 4496, 22637],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes7S2 => Coefficients {
            m7_millicycles: &[3019320, 18051, 0, 23335, 38406, 3094, 0, 0, 0, 31151, 15526, 0, 7695, 0, 16132],
            milli_instructions: &[3675847, 26806, 0, 46872, 29512, 5761, 0, 45269, 0, 26448, 14445, 0, 9690, 0, 14899],
        },
        // calls, rows, fours, codes one by one, rounded, exact
        Class::AddPacked => Coefficients {
            m7_millicycles: &[210848, 55042, 23678, 0, 14996, 0],
            milli_instructions: &[182861, 18316, 39317, 0, 17504, 0],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvPlain => Coefficients {
            m7_millicycles: &[329205, 20293, 52976, 26438, 5298],
            milli_instructions: &[0, 33629, 77217, 30387, 5970],
        },
        // calls, pixels, outputs, taps, products
        Class::ConvGrouped => Coefficients {
            m7_millicycles: &[398825, 40494, 64427, 33202, 5104],
            milli_instructions: &[0, 32532, 89830, 30999, 7060],
        },
        // calls, pixels, outputs, taps, products
        Class::DepthwisePlain => Coefficients {
            m7_millicycles: &[106243, 0, 85385, 14452, 14242],
            milli_instructions: &[0, 21719, 85887, 11957, 17771],
        },
        // calls, pixels, outputs, taps, products
        Class::TransposeConv => Coefficients {
            m7_millicycles: &[0, 13069, 85161, 33831, 5219],
            milli_instructions: &[0, 13509, 102404, 30152, 7211],
        },
        // calls, outputs, products
        Class::DensePlain => Coefficients {
            m7_millicycles: &[64719, 43013, 5357],
            milli_instructions: &[22947, 48000, 6000],
        },
        // calls, rows, codes
        Class::AddPlain => Coefficients {
            m7_millicycles: &[2936206, 0, 48298],
            milli_instructions: &[4351008, 0, 68800],
        },
        // calls, pixels, sums, products, extremes
        Class::Combine => Coefficients {
            m7_millicycles: &[199766, 20630, 61663, 32592, 7924],
            milli_instructions: &[75860, 20862, 96604, 45579, 11932],
        },
        // calls, rows, codes
        Class::Table => Coefficients {
            m7_millicycles: &[199367, 13122, 5009],
            milli_instructions: &[29040, 13049, 6000],
        },
        // calls, pixels, codes
        Class::Prelu => Coefficients {
            m7_millicycles: &[1013096, 1130, 24292],
            milli_instructions: &[387010, 9363, 38674],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::AveragePool => Coefficients {
            m7_millicycles: &[0, 150583, 0, 9929, 3985],
            milli_instructions: &[0, 163639, 0, 9970, 4703],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::MaxPool => Coefficients {
            m7_millicycles: &[1764561, 166826, 0, 0, 7704],
            milli_instructions: &[1576209, 133675, 0, 0, 8985],
        },
        // calls, outputs, inputs
        Class::Mean => Coefficients {
            m7_millicycles: &[76757, 15568, 3183],
            milli_instructions: &[84955, 14563, 4669],
        },
        // calls, outputs, inputs
        Class::ReduceMax => Coefficients {
            m7_millicycles: &[222169, 64233, 4988],
            milli_instructions: &[89770, 81208, 7972],
        },
        // calls, rows, codes
        Class::Softmax => Coefficients {
            m7_millicycles: &[0, 158198, 288394],
            milli_instructions: &[0, 0, 303788],
        },
        // calls, rows, codes
        Class::Requantise => Coefficients {
            m7_millicycles: &[0, 299078, 9667],
            milli_instructions: &[0, 320428, 14006],
        },
        // calls, pixels, nearest codes, bilinear codes
        Class::Resize => Coefficients {
            m7_millicycles: &[113142, 1340, 1256, 19628],
            milli_instructions: &[71947, 2986, 1261, 18617],
        },
        // calls, pixels, codes
        Class::Join => Coefficients {
            m7_millicycles: &[0, 0, 915],
            milli_instructions: &[0, 0, 1215],
        },
        // calls, rows, codes
        Class::Move => Coefficients {
            m7_millicycles: &[642243, 135018, 3865],
            milli_instructions: &[462737, 151808, 4881],
        },
    }
}
