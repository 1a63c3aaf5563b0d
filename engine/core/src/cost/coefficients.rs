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
            m7_millicycles: &[523511, 0, 129313, 28827, 17964, 0, 53210, 9009, 0, 30189, 8151, 2430, 9937, 1573, 7345, 56658, 13767],
            milli_instructions: &[0, 5191, 134454, 44519, 28863, 0, 37090, 17423, 0, 28583, 11768, 5356, 11841, 168, 6812, 82229, 17862],
        },
        // calls, rows, fields, field rows, field rows with bytes left, words widened, bytes left, taps gathered, bytes gathered, words widened by field, block pairs, block rounds, two pairs, two rounds, one pairs, one rounds, rounds streamed, rounded, exact, exact rounds
        Class::Im2col => Coefficients {
            m7_millicycles: &[1374902, 215924, 48259, 20543, 0, 6443, 0, 6855, 7041, 0, 23883, 20057, 7892, 12641, 24577, 10095, 0, 8552, 52861, 15602],
            milli_instructions: &[559863, 146870, 37925, 27570, 0, 10670, 0, 1036, 13810, 0, 52247, 28650, 12349, 18877, 35645, 12289, 0, 7682, 86719, 18120],
        },
        // calls, pairs, rounds, words, rounded, exact, exact rounds
        Class::Dense => Coefficients {
            m7_millicycles: &[225440, 34975, 9780, 4143, 10194, 58391, 14739],
            milli_instructions: &[46381, 20498, 11954, 9033, 10851, 65179, 15856],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks3S1 => Coefficients {
            m7_millicycles: &[298312, 3947, 0, 0, 2549, 13848, 0, 2297, 69362, 823, 0, 439, 0, 11682, 7147, 3122, 12784],
            milli_instructions: &[13502, 5029, 0, 0, 1809, 16139, 560, 1980, 71885, 7652, 0, 3907, 0, 13163, 7921, 3463, 21452],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks3S2 => Coefficients {
            m7_millicycles: &[0, 2800, 0, 0, 20770, 78838, 5409, 608, 73212, 9587, 0, 0, 0, 15450, 0, 1608, 10620],
            milli_instructions: &[79657, 2829, 0, 21581, 8127, 20972, 8801, 0, 23546, 15730, 5842, 0, 0, 10660, 0, 3365, 21242],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks5S1 => Coefficients {
            m7_millicycles: &[306605, 1431, 0, 41162, 0, 130765, 14876, 0, 17290, 19032, 813, 0, 3856, 0, 0, 3337, 11642],
            milli_instructions: &[89785, 1710, 0, 51148, 5223, 100150, 32998, 0, 30845, 21151, 9788, 0, 3895, 3859, 0, 3589, 20391],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks5S2 => Coefficients {
            m7_millicycles: &[2987474, 4223, 0, 62824, 1620, 0, 0, 1792, 0, 1131, 0, 0, 0, 0, 0, 2273, 13825],
            milli_instructions: &[2116285, 10627, 0, 72194, 1929, 0, 36781, 0, 5995, 0, 0, 0, 0, 0, 0, 2504, 24226],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks7S1 => Coefficients {
            m7_millicycles: &[0, 3157, 0, 0, 730, 146381, 17159, 0, 0, 33180, 0, 1301, 3052, 9918, 17532, 3839, 11881],
            milli_instructions: &[0, 2677, 0, 0, 1417, 120150, 45081, 0, 0, 42854, 0, 4422, 4177, 11021, 17588, 4258, 21045],
        },
        // calls, words cleared, fills, pixel pairs filled, words moved, strips of a channel, rows, rows of one block, blocks of six, rows of six, other blocks, rows of others, products of others, outputs of others, blocks at an edge, rounded, exact
        Class::Blocks7S2 => Coefficients {
            m7_millicycles: &[698939, 880, 0, 0, 1766, 123323, 4821, 0, 266766, 0, 0, 0, 6790, 3300, 0, 1487, 10143],
            milli_instructions: &[1077833, 1441, 0, 0, 1942, 245364, 98755, 0, 317158, 0, 0, 0, 6256, 7387, 0, 3146, 17779],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes3S1 => Coefficients {
            m7_millicycles: &[0, 5140, 60066, 94018, 12326, 11542, 27994, 0, 11430, 0, 7102, 0, 0, 3511, 15723],
            milli_instructions: &[0, 12635, 0, 133796, 11008, 11195, 22253, 16645, 0, 0, 5663, 0, 0, 4299, 25163],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes3S2 => Coefficients {
            m7_millicycles: &[0, 16346, 0, 46036, 14484, 4098, 0, 0, 0, 0, 12768, 0, 11318, 2955, 9901],
            milli_instructions: &[1181430, 14644, 0, 45051, 3290, 13103, 71819, 0, 0, 0, 18935, 0, 0, 3506, 24583],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes5S1 => Coefficients {
            m7_millicycles: &[1693099, 5335, 0, 63493, 6738, 7574, 0, 3436, 110205, 0, 2524, 37033, 9112, 4088, 13192],
            milli_instructions: &[1054532, 15120, 0, 78483, 12260, 7977, 0, 20796, 114677, 0, 17189, 12348, 15346, 3590, 20187],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes5S2 => Coefficients {
            m7_millicycles: &[0, 0, 0, 0, 344631, 0, 0, 0, 0, 0, 0, 0, 3988, 0, 0],
            milli_instructions: &[0, 0, 866291, 0, 0, 0, 0, 0, 0, 0, 0, 0, 264, 0, 0],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes7S1 => Coefficients {
            m7_millicycles: &[0, 9489, 94812, 29035, 575, 3663, 34636, 3244, 16759, 24371, 8480, 45629, 10991, 4091, 13091],
            milli_instructions: &[0, 6070, 160899, 33747, 0, 4614, 28497, 15938, 3825, 32015, 22120, 15600, 19500, 3606, 22036],
        },
        // calls, words cleared, fills, pixel pairs filled, codes filled one by one, words copied, weight rows, runs, blocks, block rows, pair rows, single outputs, single rows, rounded, exact
        Class::Planes7S2 => Coefficients {
            m7_millicycles: &[522125, 31578, 56388, 43577, 22397, 4632, 0, 0, 7091, 16506, 16639, 0, 10010, 653, 0],
            milli_instructions: &[5016271, 34239, 1628, 60559, 31257, 5997, 19718, 0, 0, 17650, 15287, 0, 12369, 0, 2888],
        },
        // calls, rows, fours, codes one by one, rounded, exact
        Class::AddPacked => Coefficients {
            m7_millicycles: &[280562, 17427, 24539, 0, 15031, 0],
            milli_instructions: &[218760, 0, 39872, 0, 17225, 0],
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
            m7_millicycles: &[0, 291316, 0, 10340, 3705],
            milli_instructions: &[0, 253920, 0, 10396, 4342],
        },
        // calls, pixels, outputs, tap rows, taps
        Class::MaxPool => Coefficients {
            m7_millicycles: &[1976722, 0, 0, 0, 7943],
            milli_instructions: &[1612530, 0, 0, 0, 9070],
        },
        // calls, outputs, inputs
        Class::Mean => Coefficients {
            m7_millicycles: &[65442, 16230, 3188],
            milli_instructions: &[5826, 19294, 4380],
        },
        // calls, outputs, inputs
        Class::ReduceMax => Coefficients {
            m7_millicycles: &[222169, 64233, 4988],
            milli_instructions: &[89770, 81208, 7972],
        },
        // calls, rows, codes
        Class::Softmax => Coefficients {
            m7_millicycles: &[0, 125459, 290620],
            milli_instructions: &[0, 0, 302896],
        },
        // calls, rows, codes
        Class::Requantise => Coefficients {
            m7_millicycles: &[0, 373027, 9156],
            milli_instructions: &[0, 371235, 13273],
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
            m7_millicycles: &[765290, 0, 3817],
            milli_instructions: &[662337, 0, 4837],
        },
    }
}
