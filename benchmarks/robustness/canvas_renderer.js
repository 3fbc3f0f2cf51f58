// Draws a scene of scenes.py on a canvas, and returns its grey pixels in base64.
() => {
  const [width, height] = [310, 80];
  const canvas = document.querySelector("canvas");
  Object.assign(canvas, { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });

  window.addFace = async (name, file) => {
    const face = new FontFace(name, Uint8Array.from(atob(file), (c) => c.charCodeAt(0)));
    document.fonts.add(await face.load());
  };

  const grey = (value) => `rgb(${value} ${value} ${value})`;

  window.draw = (scene) => {
    context.fillStyle = grey(scene.background);
    context.fillRect(0, 0, width, height);
    context.fillStyle = context.strokeStyle = grey(scene.ink);
    context.lineWidth = 1;
    for (let i = 1; i <= 20; i++) {
      context.beginPath();
      context.ellipse(...scene.middle, i * scene.steps[0], i * scene.steps[1], 0, 0, 2 * Math.PI);
      context.stroke();
    }
    context.strokeRect(0.5, 0.5, width - 1, height - 1);
    context.font = `${scene.size}px ${scene.face}`;
    for (const digit of scene.digits) {
      const box = context.measureText(digit.character);
      context.save();
      context.translate(digit.x, digit.y);
      context.rotate((-digit.angle * Math.PI) / 180);
      context.fillText(
        digit.character,
        (box.actualBoundingBoxLeft - box.actualBoundingBoxRight) / 2,
        (box.actualBoundingBoxAscent - box.actualBoundingBoxDescent) / 2,
      );
      context.restore();
    }
    for (const [x, y] of scene.pepper) context.fillRect(x, y, 1, 1);
    const pixels = context.getImageData(0, 0, width, height).data;
    let text = "";
    for (let i = 0; i < pixels.length; i += 4) text += String.fromCharCode(pixels[i]);
    return btoa(text);
  };
}
