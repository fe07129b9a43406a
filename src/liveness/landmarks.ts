/** A mesh point's index and how far it lies behind the face's mean depth (nearer: negative), in rms radii. */
export type LandmarkDepth = readonly [index: number, depth: number];

/**
 * Points of the 468-point face mesh (MediaPipe's numbering) that neither speech nor a smile nor a blink moves much,
 * with their depth in an average face: the mean over meshes of hundreds of frontal faces, made symmetric. The unit is the
 * rms distance of these very points from their centre in the picture. An average face is used, and not each mesh's
 * own z, because the network makes up a face's depth for a flat picture as well.
 */
export const RIGID_LANDMARKS: readonly LandmarkDepth[] = [
  // eye corners
  [33, 0.16],
  [133, 0.05],
  [263, 0.16],
  [362, 0.05],
  // ridge and base of the nose
  [168, -0.28],
  [6, -0.37],
  [197, -0.48],
  [195, -0.6],
  [5, -0.72],
  [4, -0.77],
  [1, -0.73],
  [2, -0.41],
  // wings of the nose
  [98, -0.25],
  [327, -0.25],
  [48, -0.41],
  [278, -0.41],
  [64, -0.34],
  [294, -0.34],
  [129, -0.18],
  [358, -0.18],
  // flanks of the nose
  [122, -0.32],
  [351, -0.32],
  [196, -0.45],
  [419, -0.45],
  [174, -0.37],
  [399, -0.37],
  [236, -0.47],
  [456, -0.47],
  [198, -0.37],
  [420, -0.37],
  // edge of the face before the ears
  [234, 1.27],
  [454, 1.27],
  [127, 1.18],
  [356, 1.18],
  [162, 0.98],
  [389, 0.98],
  [93, 1.27],
  [323, 1.27],
  // forehead
  [10, -0.16],
  [151, -0.24],
  [9, -0.3],
  [8, -0.28],
  [109, -0.13],
  [338, -0.13],
  [67, 0.0],
  [297, 0.0],
  [103, 0.22],
  [332, 0.22],
  [108, -0.22],
  [337, -0.22],
  [69, -0.12],
  [299, -0.12],
  // cheekbones
  [116, 0.41],
  [345, 0.41],
  [117, 0.16],
  [346, 0.16],
  [111, 0.27],
  [340, 0.27],
  [143, 0.46],
  [372, 0.46],
  [50, 0.03],
  [280, 0.03],
  [118, 0.04],
  [347, 0.04],
  [101, -0.07],
  [330, -0.07],
  [100, -0.11],
  [329, -0.11],
];

/**
 * Points that speech, a smile or surprise moves: what is measured as expression, with the same depths.
 */
export const MOBILE_LANDMARKS: readonly LandmarkDepth[] = [
  // lips: inner upper and lower, corners, outer upper and lower
  [13, -0.31],
  [14, -0.25],
  [61, 0.0],
  [291, 0.0],
  [0, -0.42],
  [17, -0.26],
  // brows, right then left
  [70, 0.2],
  [63, 0.03],
  [105, -0.11],
  [66, -0.23],
  [107, -0.29],
  [300, 0.2],
  [293, 0.03],
  [334, -0.11],
  [296, -0.23],
  [336, -0.29],
];

export const OUTER_EYE_CORNERS = [33, 263] as const;
