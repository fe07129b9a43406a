/** What a face does, each 0 … 1; `gaze` -1 … 1 (towards the person's left). Left and right are the person's own. */
export interface Expression {
  /** 0 open … 1 closed. */
  readonly leftEye: number;
  readonly rightEye: number;
  readonly mouthOpen: number;
  readonly smile: number;
  readonly brows: number;
  readonly gaze: number;
}

export const neutral: Expression = { leftEye: 0, rightEye: 0, mouthOpen: 0, smile: 0, brows: 0, gaze: 0 };

/** The nearest expression that is drawn: eyelids in sixths, the rest in quarters, so that drawings can be kept. */
export function quantized(expression: Expression): Expression {
  const to = (value: number, steps: number): number => Math.round(Math.min(1, Math.max(-1, value)) * steps) / steps;
  return {
    leftEye: to(expression.leftEye, 6),
    rightEye: to(expression.rightEye, 6),
    mouthOpen: to(expression.mouthOpen, 4),
    smile: to(expression.smile, 4),
    brows: to(expression.brows, 2),
    gaze: to(expression.gaze, 2),
  };
}
