// Noise on the line between the frames, frame marks among it, without pause.

import { pause, type Campaign } from "./campaign.ts";
import { siege } from "./siege.ts";

const DEFAULT_RATE = 5;

export const garbage: Campaign = {
  about: "seconds of noise on the radio's line",
  controls: ["no-resync"],
  run: (options) => {
    const rate = options.rate ?? DEFAULT_RATE;
    return siege(options, { rate }, async (street) => {
      street.command({ radio: street.radio, do: "garbage", seconds: options.size * rate });
      await pause(options.size * 1_000);
      return { figures: { garbageSeconds: options.size } };
    });
  },
};
