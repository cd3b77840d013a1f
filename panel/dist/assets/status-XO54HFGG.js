import{a,b}from"./chunk-4U73WLUQ.js";import"./chunk-EMSIW2I2.js";import"./chunk-J7YUP4PJ.js";import"./chunk-AAZABAPM.js";export{b as Figure,a as StatusPage};
